"""A host on a real socket that models are pulled from."""

import http.server
import threading
import time


class FileHost(http.server.ThreadingHTTPServer):
    """Serves one file, slowly when asked to, and continues where a client stopped."""

    def __init__(self, content: bytes):
        self.content = content
        self.slowly = threading.Event()
        self.asked: list[str | None] = []  # the Range of each request
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_port}/tiny-model.Q4_1.gguf"

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_HEAD(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.server.content)))
            self.end_headers()

        def do_GET(self):
            host: FileHost = self.server
            asked = self.headers.get("Range")
            host.asked.append(asked)
            begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            whole = len(host.content)
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
            self.send_header("ETag", '"one"')
            self.send_header("Content-Length", str(whole - begin))
            self.end_headers()
            try:
                for at in range(begin, whole, 1 << 20):
                    self.wfile.write(host.content[at : at + (1 << 20)])
                    if host.slowly.is_set():
                        time.sleep(0.02)
            except OSError:  # the client was killed, as it should be
                pass
