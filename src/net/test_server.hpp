// For tests, also of the rooms above: a server on 127.0.0.1 and a port of the kernel's choice whose answers are written
// by the test, byte for byte. One connection at a time, one request each; after the answer the connection is closed, so
// an answer that is shorter than it announces is a cut.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace entente::net {

class TestServer {
 public:
  struct Asked {
    std::string head;  // request line and header fields
    std::string body;

    std::string line() const { return head.substr(0, head.find('\r')); }
    std::string field(std::string_view lower_name) const {
      std::string lower(head);
      std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      auto at = lower.find("\r\n" + std::string(lower_name) + ":");
      if (at == std::string::npos) return {};
      at = head.find(':', at + 2) + 1;
      while (head[at] == ' ') ++at;
      return head.substr(at, head.find('\r', at) - at);
    }
  };
  using Answer = std::function<std::string(const Asked&)>;

  explicit TestServer(Answer answer)
      : answer_(std::move(answer)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof where;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&where), size) != 0 || listen(listener_, 64) != 0) std::abort();
    getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(where.sin_port));
    thread_ = std::thread([this] { serve(); });
  }

  ~TestServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  const std::string& url() const { return url_; }

  std::vector<Asked> asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void serve() {
    while (true) {
      int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      Asked asked = read(fd);
      {
        std::lock_guard lock(mutex_);
        asked_.push_back(asked);
      }
      std::string text = answer_(asked);
      for (std::string_view rest = text; !rest.empty();) {
        ssize_t count = send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (count < 0) break;
        rest.remove_prefix(static_cast<std::size_t>(count));
      }
      close(fd);
    }
  }

  static Asked read(int fd) {
    std::string all;
    std::size_t end = std::string::npos, length = 0;
    char piece[4096];
    while (end == std::string::npos || all.size() < end + 4 + length) {
      ssize_t count = recv(fd, piece, sizeof piece, 0);
      if (count <= 0) break;
      all.append(piece, static_cast<std::size_t>(count));
      if (end == std::string::npos && (end = all.find("\r\n\r\n")) != std::string::npos) {
        length = std::strtoull(Asked{.head = all.substr(0, end + 2), .body = {}}.field("content-length").c_str(),
                               nullptr, 10);
      }
    }
    if (end == std::string::npos) return {.head = all, .body = {}};
    return {.head = all.substr(0, end + 2), .body = all.substr(end + 4)};
  }

  const Answer answer_;
  int listener_;
  std::string url_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

}  // namespace entente::net
