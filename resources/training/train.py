#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Goes on with a training of Thaw's, on any number of machines and GPUs.

    python train.py                                       one process: one GPU, or the CPU
    torchrun --nproc-per-node 4 train.py                  four GPUs (or four processes) of this machine
    torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint HOST:29500 train.py      on each of two machines

Stopped in any way, it goes on where it was when it is started again. What comes out lies in result/, which Thaw reads back.

It is the same training however many processes take part: a batch is as many pictures as settings.json says, divided among them, and the
gradients are added before each step. Two things differ, and both in the last digits or by the nature of it:
  - sums are made in another order;
  - where a BatchNorm layer uses the statistics of the batch, each process of a CPU uses those of its own share of it (the running
    statistics are then the first process's). On GPUs they are those of the whole batch (SyncBatchNorm). Stored statistics, which is
    what Thaw fine-tunes with unless told otherwise, are the same everywhere.
"""
import argparse
import json
import math
import os
import signal
import time
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from network import model
from pictures import SHUFFLE, Manifest, Pictures, Preparation, Stream, batches
from rules import SLOTS, Dropout, make_optimizer, schedule

HERE = Path(__file__).resolve().parent


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", metavar="FOLDER", help="where the pictures of manifest.csv are on this machine")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="auto: GPUs where there are any")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="processes that read pictures, for each that trains; 0: none (4)")
    parser.add_argument("--from-start", action="store_true", help="as the run began, without what Thaw trained of it already")
    parser.add_argument("--steps", type=int, metavar="N", help="stop after so many steps; the next call goes on")
    parser.add_argument("--checkpoint-minutes", type=float, default=10, metavar="M", help="how often to save within an epoch (10)")
    parser.add_argument("--result", type=Path, default=HERE / "result", metavar="FOLDER", help="where the result goes (result/)")
    return parser.parse_args()


class Team:
    """The processes that train together, of which this is one"""

    def __init__(self, device):
        self.rank, self.size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        cuda = torch.cuda.is_available() if device == "auto" else device == "cuda"
        self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
        if cuda:
            torch.cuda.set_device(self.device)
        if self.size > 1:
            dist.init_process_group("nccl" if cuda else "gloo")

    def sum(self, *numbers):
        """Each over all processes"""
        if self.size == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return total.tolist()

    def share(self, what):
        """What the first process has, so that only its machine needs the result so far"""
        box = [what]
        if self.size > 1:
            dist.broadcast_object_list(box, device=self.device)
        return box[0]

    def say(self, *words):
        if self.rank == 0:
            print(*words, flush=True)


class Training:
    def __init__(self, options):
        self.options, self.team = options, Team(options.device)
        settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
        self.run, self.labels = settings["run"], settings["labels"]
        self.how, self.phases = settings["training"], settings["training"]["phases"]
        self.preparation = Preparation(settings)
        self.manifest = Manifest(HERE, settings, options.pictures)
        self.seed = Dropout.seed = int(self.how["seed"])
        self.network = self.make_network(settings)
        # what may differ from weights.safetensors: what some phase trains, and the statistics that move with it
        self.names = sorted({name for phase in self.phases for name in phase["trains"]} | {
            f"{layer}.{statistic}" for phase in self.phases for layer in phase["batch-statistics-of"] for statistic in ("running_mean", "running_var")})
        self.best, self.epochs, self.steps, self.optimizer, self.phase, self.stop = {}, [], [], None, None, False
        # where it is: names as in Thaw's own checkpoints
        self.at = {"phase": 0, "phase-epoch": 0, "epoch": 0, "step": 0, "optimizer-steps": 0, "loss": 0.0, "weight": 0.0, "right": 0, "seen": 0,
                   "phase-loss": 1e308, "waited": 0, "best-accuracy": 0.0, "best-loss": 0.0, "best-epoch": 0, "last-accuracy": 0.0, "images": 0,
                   "feature-seconds": 0.0, "train-seconds": 0.0, "left-out": [], "moments-since": {}}
        self.moments, self.before = {}, 0.0
        self.restore()
        self.began = self.saved = time.monotonic()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.asked_to_stop)

    def make_network(self, settings):
        model.load_state_dict(load_file(HERE / "weights.safetensors"), strict=True)
        network = model
        if self.team.device.type == "cuda" and self.team.size > 1 and any(phase["batch-statistics-of"] for phase in self.phases):
            if settings["library"] == "timm":
                from timm.layers import convert_sync_batchnorm as convert
            else:
                convert = torch.nn.SyncBatchNorm.convert_sync_batchnorm
            network = convert(network)
        for dropout in settings["dropout"]:
            Dropout(network.get_submodule(dropout["before"]), dropout["name"], dropout["p"])
        return network.to(self.team.device)

    def asked_to_stop(self, number, frame):
        self.stop = True

    # --- where it goes on from ---

    def restore(self):
        """Our own checkpoint, or what Thaw had trained already. A run that Thaw finished is done once more, from its beginning."""
        own, thaws = self.options.result / "checkpoint.safetensors", HERE / "progress.safetensors"
        kept = None
        if self.team.rank == 0:
            for path in [own] if self.options.from_start else [own, thaws]:
                if path.exists() and kept is None:
                    with safe_open(path, "pt") as file:
                        at, tensors = json.loads(file.metadata()["progress"]), {name: file.get_tensor(name) for name in file.keys()}
                    kept = (at, tensors, path == own) if path == own or not self.is_over(at) else None
        kept = self.team.share(kept)
        if not kept:
            return
        at, tensors, ours = kept
        self.at.update(at)
        self.network.load_state_dict({name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model/")}, strict=False)
        self.best = {name[5:]: tensor for name, tensor in tensors.items() if name.startswith("best/")}
        if self.best:  # what it does not have, no phase so far has moved
            self.best = {name: tensor.detach().cpu().clone() for name, tensor in self.network.state_dict().items() if name in self.names} | self.best
        self.moments = {name: tensor for name, tensor in tensors.items() if name.startswith("slot")}
        if ours and self.team.rank == 0 and (self.options.result / "metrics.json").exists():
            metrics = json.loads((self.options.result / "metrics.json").read_text())
            self.epochs = [epoch for epoch in metrics["epochs"] if epoch["epoch"] <= self.at["epoch"]]
            self.steps = [step for step in metrics["steps"] if step[0] <= self.at["epoch"] * self.n_steps() + self.at["step"]]
            self.before = self.steps[-1][3] if self.steps else 0.0
        self.team.say(f"going on in epoch {self.at['epoch'] + 1}, step {self.at['step'] + 1}")

    # --- an epoch's pictures ---

    def pictures(self, part="training"):
        """Those of the epoch under way: without what Thaw could no longer read"""
        gone = {number for number, since in self.at["left-out"] if since <= self.at["epoch"] + 1}
        return [number for number in self.manifest.parts[part] if number not in gone]

    def n_steps(self):
        return -(-len(self.pictures()) // self.how["batch"])

    def variant(self, epoch):
        if not any(self.how["augmentation"].values()):
            return 0
        return 1 + epoch % self.how["variants"] if self.how["variants"] else epoch

    def loader(self, order, size, variant, first=0):
        shares = list(batches(order, size, self.team.rank, self.team.size, first))
        return torch.utils.data.DataLoader(Pictures(self.manifest, self.preparation, variant), batch_sampler=shares, num_workers=self.options.workers,
                                           pin_memory=self.team.device.type == "cuda", worker_init_fn=ignore_signals)

    def class_weights(self, order):
        """Where classes are balanced: pictures / (classes * pictures of the class), which makes every class as heavy as any other"""
        weights = torch.ones(len(self.labels))
        if self.how["balanced"]:
            counts = torch.bincount(torch.tensor([self.manifest.labels[n] for n in order]), minlength=len(weights))
            weights = torch.where(counts > 0, len(order) / (len(weights) * counts.clamp(min=1)), torch.zeros(())).float()
        return weights

    # --- phases ---

    def open_phase(self):
        phase = self.phase = self.phases[self.at["phase"]]
        trains = set(phase["trains"])
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name in trains)
        self.optimizer = make_optimizer(phase, self.network)
        for name in phase["trains"]:
            moments = {theirs: self.moments[f"slot{i}/{name}"] for i, theirs in enumerate(SLOTS[phase["optimizer"]]) if f"slot{i}/{name}" in self.moments}
            if moments:
                steps = self.at["optimizer-steps"] - self.at["moments-since"].get(name, 0)
                parameter = self.network.get_parameter(name)
                self.optimizer.state[parameter] = {"step": torch.tensor(float(steps)), **{key: value.to(parameter.device).clone() for key, value in moments.items()}}
        self.moments = {}
        # Adds the gradients of all processes while backward still runs. It divides by their number, which the loss makes up for.
        self.parallel = self.network
        if self.team.size > 1:
            self.parallel = DistributedDataParallel(self.network, broadcast_buffers=bool(phase["batch-statistics-of"]))
        self.team.say(f"phase {self.at['phase'] + 1} of {len(self.phases)}: {sum(p.numel() for p in self.network.parameters() if p.requires_grad)} weights train")

    def phase_is_over(self, at=None):
        at = at or self.at
        phase = self.phases[at["phase"]]
        return at["phase-epoch"] >= phase["epochs"] or 0 < phase["patience"] <= at["waited"]

    def is_over(self, at):
        return at["phase"] >= len(self.phases) or at["phase"] == len(self.phases) - 1 and self.phase_is_over(at)

    def close_phase(self):
        """The next begins with the best weights so far and a new optimizer."""
        self.network.load_state_dict(self.best, strict=False)
        self.at.update({"phase": self.at["phase"] + 1, "phase-epoch": 0, "optimizer-steps": 0, "phase-loss": 1e308, "waited": 0, "moments-since": {}})
        self.optimizer = None

    def set_mode(self, batch_statistics):
        """Everything as when it answers: no dropout of the network's own, stored statistics. But for the layers that use the batch's."""
        self.network.eval()
        for layer, momentum in self.phase["batch-statistics-of"].items() if batch_statistics else ():
            module = self.network.get_submodule(layer)
            module.momentum = momentum
            module.train()

    # --- steps ---

    def step(self, images, labels, numbers, counts, batch, weights, lr):
        """One batch: the sum of its losses, what that is to be divided by, and how many were right, of all processes"""
        # a share of one picture has no statistics: such a last batch is taken with the stored ones, by all processes
        self.set_mode(len(batch) >= 2 * self.team.size)
        total = sum(float(weights[self.manifest.labels[n]]) for n in batch)
        Dropout.epoch, Dropout.numbers, Dropout.on = self.at["epoch"] + 1, numbers.tolist(), True
        logits = self.parallel(images)
        Dropout.on = False
        losses = F.cross_entropy(logits, labels, weights, label_smoothing=self.how["label-smoothing"], reduction="none") * counts
        self.optimizer.zero_grad()
        (losses.sum() * (self.team.size / total)).backward()
        if self.phase["clip"]:
            torch.nn.utils.clip_grad_norm_([p for p in self.network.parameters() if p.requires_grad], self.phase["clip"])
        for group in self.optimizer.param_groups:
            group["lr"] = lr * group["factor"]
        self.optimizer.step()
        right = ((logits.argmax(1) == labels) * counts).sum().item()
        due = self.team.rank == 0 and time.monotonic() - self.saved > 60 * self.options.checkpoint_minutes
        loss, right, stop, due = self.team.sum(losses.sum().item(), right, float(self.stop), float(due))
        if not math.isfinite(loss):
            raise SystemExit(f"the loss is no longer a number in epoch {self.at['epoch'] + 1}: lower lr in settings.json, or set clip there to 1")
        self.stop, self.due = stop > 0, due > 0
        return loss, total, right

    def train_epoch(self):
        """From the step where it stands to the end, unless it is asked to stop"""
        at, phase, size, n_steps, device = self.at, self.phase, self.how["batch"], self.n_steps(), self.team.device
        order = Stream(self.seed, SHUFFLE, at["epoch"] + 1, 0).shuffled(self.pictures())
        weights, began, images_before = self.class_weights(order).to(device), time.monotonic(), at["images"]
        for images, labels, numbers, counts in self.loader(order, size, self.variant(at["epoch"] + 1), at["step"]):
            batch = order[at["step"] * size : (at["step"] + 1) * size]
            done = at["phase-epoch"] * n_steps + at["step"]
            lr = phase["lr"] * schedule(phase["schedule"], done, phase["epochs"] * n_steps, phase["warmup"] * n_steps)
            loss, total, right = self.step(images.to(device), labels.to(device), numbers, counts.to(device), batch, weights, lr)
            at["optimizer-steps"] += 1
            at["step"] += 1
            for key, value in {"loss": loss, "weight": total, "right": int(right), "seen": len(batch), "images": len(batch)}.items():
                at[key] += value
            self.steps.append([at["epoch"] * n_steps + at["step"], loss / total, lr, round(self.before + time.monotonic() - self.began, 3)])
            if self.options.steps is not None:
                self.options.steps -= 1
                self.stop |= self.options.steps <= 0
            if self.stop and at["step"] < n_steps:
                return
            if self.due and at["step"] < n_steps:
                self.save()
        seconds = time.monotonic() - began
        self.close_epoch(lr, seconds, (at["images"] - images_before) / max(seconds, 1e-6))

    @torch.no_grad()
    def validate(self):
        """Loss and accuracy on the validation pictures: without augmentation, dropout, smoothing and class weights"""
        self.network.eval()
        if self.team.size > 1:
            for buffer in self.network.buffers():
                dist.broadcast(buffer, 0)
        loss, right, order = 0.0, 0.0, self.pictures("validation")
        for images, labels, _, counts in self.loader(order, self.how["batch"], 0):
            labels, counts = labels.to(self.team.device), counts.to(self.team.device)
            logits = self.network(images.to(self.team.device))
            loss += (F.cross_entropy(logits, labels, reduction="none") * counts).sum().item()
            right += ((logits.argmax(1) == labels) * counts).sum().item()
        loss, right = self.team.sum(loss, right)
        return loss / len(order), right / len(order)

    def close_epoch(self, lr, seconds, speed):
        at = self.at
        val_loss, val_accuracy = self.validate()
        if not math.isfinite(val_loss):
            raise SystemExit(f"the validation loss is no longer a number in epoch {at['epoch'] + 1}: lower lr in settings.json, or set clip there to 1")
        at["epoch"] += 1
        at["phase-epoch"] += 1
        at["last-accuracy"] = val_accuracy
        at["waited"] = 0 if val_loss < at["phase-loss"] else at["waited"] + 1
        at["phase-loss"] = min(val_loss, at["phase-loss"])
        # the best epoch has the highest accuracy, of equal ones the lowest loss
        best = at["best-epoch"] == 0 or (val_accuracy, -val_loss) > (at["best-accuracy"], -at["best-loss"])
        if best:
            at.update({"best-accuracy": val_accuracy, "best-loss": val_loss, "best-epoch": at["epoch"]})
            self.best = {name: tensor.detach().cpu().clone() for name, tensor in self.network.state_dict().items() if name in self.names}
        self.epochs.append({"phase": at["phase"], "epoch": at["epoch"], "loss": at["loss"] / at["weight"], "accuracy": at["right"] / at["seen"], "val_loss": val_loss,
                            "val_accuracy": val_accuracy, "lr": lr, "seconds": seconds, "images_per_second": speed, "best": best})
        at["train-seconds"] += seconds
        self.team.say("epoch {epoch:3}  loss {loss:.4f}  accuracy {accuracy:.2%}  validation: loss {val_loss:.4f}  accuracy {val_accuracy:.2%}  {seconds:.1f} s".format(**self.epochs[-1])
                      + ("  best" if best else ""))
        at.update({"step": 0, "loss": 0.0, "weight": 0.0, "right": 0, "seen": 0})

    # --- what comes out ---

    def save(self, finished=False):
        """Each file is there whole or not at all. metrics.json comes first: what it has too much is dropped when a checkpoint is read."""
        self.saved = time.monotonic()
        if self.team.rank:
            return
        state = {name: tensor.detach().cpu().contiguous() for name, tensor in self.network.state_dict().items()}
        tensors = {f"model/{name}": state[name] for name in self.names} | {f"best/{name}": tensor for name, tensor in self.best.items()}
        for name in self.phase["trains"] if self.optimizer else ():
            moments = self.optimizer.state.get(self.network.get_parameter(name), {})
            tensors |= {f"slot{i}/{name}": moments[key].cpu().contiguous() for i, key in enumerate(SLOTS[self.phase["optimizer"]]) if moments.get(key) is not None}
        settings = {**self.how, "phases": [{key: value for key, value in phase.items() if key not in ("trains", "rates", "batch-statistics-of")} for phase in self.phases]}
        metrics = {"format": "thaw-result", "version": 1, "run": self.run["id"], "started": self.run["started"], "finished": finished, "processes": self.team.size,
                   "device": self.team.device.type, "training": settings, "epochs": self.epochs, "steps": self.steps}
        self.options.result.mkdir(parents=True, exist_ok=True)
        self.place("metrics.json", lambda path: path.write_text(json.dumps(metrics)))
        self.place("weights.safetensors", lambda path: save_file(state | self.best, path, {"format": "pt"}))
        self.place("checkpoint.safetensors", lambda path: save_file(tensors, path, {"format": "pt", "progress": json.dumps(self.at)}))

    def place(self, name, write):
        path = self.options.result / name
        write(path.with_suffix(".new"))
        os.replace(path.with_suffix(".new"), path)

    def __call__(self):
        while self.at["phase"] < len(self.phases):
            if not self.phase_is_over():
                self.open_phase()
            while not self.phase_is_over():
                self.train_epoch()
                self.save()
                self.stop = self.team.sum(float(self.stop))[0] > 0
                if self.stop and not self.is_over(self.at):
                    self.team.say("stopped; start it again to go on")
                    return
            self.close_phase()
        self.save(finished=True)
        self.team.say(f"done: {self.at['best-accuracy']:.2%} of the validation pictures are right at epoch {self.at['best-epoch']}; read {self.options.result} back into Thaw")


def ignore_signals(worker):
    """Ctrl+C is for the process that trains, which ends those that read pictures."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


if __name__ == "__main__":
    Training(parse())()
    if dist.is_initialized():
        dist.destroy_process_group()
