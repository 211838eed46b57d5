// For the tests of this room: a client that sends exactly what it is told, at the pace it is told, and reads answers
// without any library's help. Every wait ends after 20 seconds, so a test can fail but not hang.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

struct ssl_st;

namespace entente::net {

class TestSocket {
 public:
  // "http://127.0.0.1:4711", "https://127.0.0.1:4711" (any certificate will do) or "unix:/path", as Server::addresses()
  // gives them. `receive_buffer`: how many bytes the kernel may keep for a reader that does not read; 0: as usual.
  explicit TestSocket(const std::string& address, int receive_buffer = 0);
  ~TestSocket();
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  void send(std::string_view bytes);
  void close_writing();  // half-close: this side says no more
  void close();

  struct Answer {
    int status = 0;  // 0: the connection ended before a head came
    std::string head;
    std::string body;
    bool whole = false;  // the body came to its announced end
  };
  Answer answer(bool to_head = false);   // the next one; to a HEAD request without a body
  std::string read(std::size_t most);    // what there is, at least one byte; empty at the end
  bool ended();                          // the peer has closed, and nothing more came
  std::string certificate_name() const;  // of the server's certificate, over TLS

 private:
  bool fill();
  int fd_ = -1;
  ssl_st* tls_ = nullptr;
  std::string in_;
};

}  // namespace entente::net
