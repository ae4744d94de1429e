# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of files on the loopback interface that keeps the rules of HTTP, or breaks them as it is told to. The first part of an address says how:
http://127.0.0.1:PORT/cut/FILE."""
import http.server
import threading
import time

PIECE = 1 << 14


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        # a proxy is asked with the whole address
        path = self.path.partition("://")[2].partition("/")[2] if "://" in self.path else self.path.lstrip("/")
        how, _, name = path.rpartition("/")
        range_ = self.headers.get("Range")
        with server.lock:
            server.requests.append({"how": how, "name": name, "path": self.path, "range": range_, "if-range": self.headers.get("If-Range"),
                                    "encoding": self.headers.get("Accept-Encoding"), "agent": self.headers.get("User-Agent")})
            number = sum(request["how"] == how for request in server.requests)
        content = server.files.get(name)
        try:
            if content is None:
                self.plain(404, b"no such file")
            else:
                getattr(self, "serve_" + (how or "plain").replace("-", "_"))(content, name, number)
        except OSError:
            self.close_connection = True

    def plain(self, status, body=b"", kind="text/plain", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self, content, ranges=True, length=None, tag='"one"'):
        """The head of an answer; what is to follow it"""
        asked = self.headers.get("Range")
        start = int(asked[6:].partition("-")[0]) if asked and ranges and self.headers.get("If-Range", tag) == tag else 0
        if start >= len(content) > 0 and start:
            self.plain(416)
            return b""
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content) - start if length is None else length))
        self.send_header("ETag", tag)
        self.end_headers()
        return content[start:]

    def write(self, body, pause=0):
        for at in range(0, len(body), PIECE):
            self.wfile.write(body[at : at + PIECE])
            if pause:
                self.wfile.flush()
                time.sleep(pause)

    def serve_plain(self, content, name, number):
        self.write(self.begin(content))

    def serve_slow(self, content, name, number):
        self.write(self.begin(content), 0.05)

    def serve_cut(self, content, name, number):
        """A third of the file, then nobody is there any more; so each time"""
        self.write(self.begin(content)[: len(content) // 3])
        self.close_connection = True

    def serve_stall(self, content, name, number):
        """Half of it, then silence, once"""
        body = self.begin(content)
        if number > 1:
            return self.write(body)
        self.write(body[: len(body) // 2])
        self.wfile.flush()
        self.server.stopped.wait(20)
        self.close_connection = True

    def serve_silent(self, content, name, number):
        self.server.stopped.wait(20)
        self.close_connection = True

    def serve_too_long(self, content, name, number):
        """Says that it is ten bytes more than it is, the first time"""
        body = self.begin(content, length=len(content) + 10 if number == 1 else None)
        self.write(body)
        self.close_connection = True

    def serve_too_short(self, content, name, number):
        self.write(self.begin(content, length=len(content) - 10)[:-10])

    def serve_far_too_long(self, content, name, number):
        self.begin(content, length=len(content) * 1000)
        self.close_connection = True

    def serve_endless(self, content, name, number):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not self.server.stopped.is_set():
            self.wfile.write(b"%x\r\n%s\r\n" % (PIECE, bytes(PIECE)))

    def serve_wrong(self, content, name, number):
        self.write(self.begin(bytes(255 - b for b in content[:1000]) + content[1000:]))

    def serve_login(self, content, name, number):
        self.plain(200, b"<html>Log in first</html>", "text/html")

    def serve_broken(self, content, name, number):
        self.plain(500)

    def serve_busy(self, content, name, number):
        if number == 1:
            return self.plain(503, b"", **{"Retry-After": "1"})
        self.write(self.begin(content))

    def serve_without_ranges(self, content, name, number):
        body = self.begin(content, ranges=False)
        self.write(body if number > 1 else body[: len(body) // 2])
        self.close_connection = number == 1

    def serve_other_part(self, content, name, number):
        """Another part than was asked for, once"""
        if number != 2:
            body = self.begin(content)
            self.write(body if number > 2 else body[: len(body) // 2])
            self.close_connection = True
            return
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 7-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - 7))
        self.end_headers()
        self.write(content[7:])

    def serve_renewed(self, content, name, number):
        """Half of another file first, which is then replaced"""
        if number == 1:
            self.write(self.begin(bytes(len(content)), tag='"old"')[: len(content) // 2])
            self.close_connection = True
        else:
            self.write(self.begin(content))

    def serve_sent_on(self, content, name, number):
        self.plain(302, Location=f"/plain/{name}")

    def serve_round(self, content, name, number):
        self.plain(301, Location=f"/round/{name}")

    def serve_astray(self, content, name, number):
        self.plain(302, Location="file:///etc/passwd")


class Server(http.server.ThreadingHTTPServer):
    """files: name -> bytes; requests: what was asked for"""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests = files, []
        self.lock, self.stopped = threading.Lock(), threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def address(self, how="plain"):
        return f"http://127.0.0.1:{self.server_address[1]}/{how}"

    def asked(self, how):
        with self.lock:
            return [request for request in self.requests if request["how"] == how]

    def handle_error(self, *_):
        pass

    def stop(self):
        self.stopped.set()
        self.shutdown()
        self.server_close()
