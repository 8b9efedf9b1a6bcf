"""The Jupyter kernel of the notebooks: python3-ipykernel speaks the protocol, session.py runs C.

    kernel.py --compile "cc ..." --worker PROGRAM -f CONNECTION"""
import argparse
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

from session import Failure, Session


class CKernel(Kernel):
    implementation, implementation_version = "retinanet-c", "1"
    language_info = {"name": "c", "mimetype": "text/x-csrc", "file_extension": ".c"}
    banner = "C, with the library of retinanet.c: every cell is compiled, loaded and run."
    command = {}

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.c = Session(**self.command)

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        failure, before = None, signal.signal(signal.SIGINT, lambda *_: self.c.interrupt())
        try:
            for kind, value in self.c.execute(code, f"In [{self.execution_count}]"):
                self.show(kind, value, silent)
        except Failure as problem:
            failure = str(problem)
        finally:
            signal.signal(signal.SIGINT, before)
        reply = {"execution_count": self.execution_count}
        if failure is None:
            return {**reply, "status": "ok", "payload": [], "user_expressions": {}}
        error = {"ename": "Failure", "evalue": failure.strip(), "traceback": failure.rstrip("\n").split("\n")}
        if not silent:
            self.send_response(self.iopub_socket, "error", error)
        return {**reply, "status": "error", **error}

    def show(self, kind, value, silent):
        if silent:
            return
        if kind == "figure":
            self.send_response(self.iopub_socket, "display_data", {"data": value, "metadata": {}})
        else:
            name = "stderr" if kind == "warning" else "stdout"
            self.send_response(self.iopub_socket, "stream", {"name": name, "text": value})

    def do_shutdown(self, restart):
        self.c.close()
        return {"status": "ok", "restart": restart}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--compile", dest="compiler", required=True)
    parser.add_argument("--worker", required=True)
    own, rest = parser.parse_known_args()
    CKernel.command = vars(own)
    IPKernelApp.launch_instance(argv=rest, kernel_class=CKernel)
