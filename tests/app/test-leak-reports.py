#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaks of ours are told from those of libraries (leaks.py)"""
import leaks

LIBRARY = """
Direct leak of 24 byte(s) in 1 object(s) allocated from:
    #0 0x7f01 in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x7f02 in g_list_prepend (/lib/x86_64-linux-gnu/libglib-2.0.so.0+0x4f6c5)
    #2 0x7f03  (/lib/x86_64-linux-gnu/libgtk-4.so.1+0x387ea5)
    #3 0x7f04 in main ../src/app/main.c:19
"""
OWN = """
Indirect leak of 8 byte(s) in 1 object(s) allocated from:
    #0 0x7f01 in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x7f02 in g_strdup (/lib/x86_64-linux-gnu/libglib-2.0.so.0+0x74c5e)
    #2 0x7f05 in thaw_window_open ../src/app/thaw-window.c:12
    #3 0x7f03  (/lib/x86_64-linux-gnu/libgtk-4.so.1+0x387ea5)
    #4 0x7f04 in main ../src/app/main.c:19
"""
# GTK's, but none of those listed
UNKNOWN = LIBRARY.replace("g_list_prepend", "g_strdup")
THREAD = """
Direct leak of 40 byte(s) in 1 object(s) allocated from:
    #0 0x7f01 in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x7f02 in g_object_new (/lib/x86_64-linux-gnu/libgobject-2.0.so.0+0x1e000)
    #2 0x7f03  (/lib/x86_64-linux-gnu/libgio-2.0.so.0+0x12f930)
    #3 0x7f04  (/lib/x86_64-linux-gnu/libglib-2.0.so.0+0x84cdc)
    #4 0x7f05 in start_thread nptl/pthread_create.c:442
"""
STREAM = """
Direct leak of 176 byte(s) in 1 object(s) allocated from:
    #0 0x7f01 in __interceptor_malloc ../../../../src/libsanitizer/asan/asan_malloc_linux.cpp:69
    #1 0x7f02 in g_object_new (/lib/x86_64-linux-gnu/libgobject-2.0.so.0+0x1e000)
    #2 0x7f03  (/lib/x86_64-linux-gnu/libgtk-4.so.1+0x45c6cb)
    #3 0x7f04  (/lib/x86_64-linux-gnu/libgtk-4.so.1+0x454a91)
    #4 0x7f05  (/lib/x86_64-linux-gnu/libgtk-4.so.1+0x455531)
    #5 0x7f06  (/lib/x86_64-linux-gnu/libgtk-4.so.1+0x40f826)
"""
# made for somebody who has a name
FOR_US = STREAM.replace("#5 0x7f06  (", "#5 0x7f06 in gtk_widget_init_template (")
LEAKS = "==1==ERROR: LeakSanitizer: detected memory leaks\n"
SUMMARY = "\nSUMMARY: AddressSanitizer: 32 byte(s) leaked in 2 allocation(s).\n"

POINTS = {
    "a library's own leak": leaks.of_libraries_alone(LEAKS + LIBRARY + SUMMARY),
    "one of GIO's threads": leaks.of_libraries_alone(LEAKS + LIBRARY + THREAD + SUMMARY),
    "a stream of GDK's": leaks.of_libraries_alone(LEAKS + STREAM + SUMMARY),
    "an object that GTK made for somebody": not leaks.of_libraries_alone(LEAKS + FOR_US + SUMMARY),
    "what nobody has looked at is no library's": not leaks.of_libraries_alone(LEAKS + UNKNOWN + SUMMARY),
    "ours": not leaks.of_libraries_alone(LEAKS + OWN + SUMMARY),
    "ours beside a library's": not leaks.of_libraries_alone(LEAKS + LIBRARY + OWN + SUMMARY) and len(leaks.ours(LIBRARY + OWN)) == 1,
    "an error of memory is never a library's leak": not leaks.of_libraries_alone("==1==ERROR: AddressSanitizer: heap-use-after-free\n" + LIBRARY),
    "nor is undefined behaviour": not leaks.of_libraries_alone("../src/a.c:1:2: runtime error: shift\n" + LIBRARY),
    "an end without a report is no leak": not leaks.of_libraries_alone("Trace/breakpoint trap"),
}
print(f"1..{len(POINTS)}")
for number, (name, holds) in enumerate(POINTS.items(), 1):
    print(f"{'ok' if holds else 'not ok'} {number} {name}")
raise SystemExit(not all(POINTS.values()))
