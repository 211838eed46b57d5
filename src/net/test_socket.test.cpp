#include "net/test_socket.hpp"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace entente::net {

TestSocket::TestSocket(const std::string& address, int receive_buffer) {
  bool local = address.starts_with("unix:");
  fd_ = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval patience{.tv_sec = 20, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (receive_buffer) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  int failed;
  if (local) {
    sockaddr_un where{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(where.sun_path, address.c_str() + 5, sizeof where.sun_path - 1);
    failed = connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof where);
  } else {
    std::string_view port = std::string_view(address).substr(address.rfind(':') + 1);
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    sockaddr_in where{
        .sin_family = AF_INET, .sin_port = htons(number), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    failed = connect(fd_, reinterpret_cast<sockaddr*>(&where), sizeof where);
  }
  EXPECT_EQ(failed, 0) << address << ": " << std::strerror(errno);
  if (!address.starts_with("https:")) return;
  static SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  tls_ = SSL_new(context);
  SSL_set_fd(tls_, fd_);
  EXPECT_EQ(SSL_connect(tls_), 1);
}

TestSocket::~TestSocket() { close(); }

void TestSocket::close() {
  if (tls_) SSL_free(std::exchange(tls_, nullptr));
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void TestSocket::close_writing() {
  if (tls_) SSL_shutdown(tls_);
  shutdown(fd_, SHUT_WR);
}

std::string TestSocket::certificate_name() const {
  char name[256] = "";
  X509* certificate = SSL_get1_peer_certificate(tls_);
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

void TestSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                        : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the peer has closed: what it said before is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool TestSocket::fill() {
  char piece[16384];
  errno = 0;
  ssize_t count = tls_ ? SSL_read(tls_, piece, sizeof piece) : recv(fd_, piece, sizeof piece, 0);
  EXPECT_FALSE(count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) << "the server said nothing for 20 seconds";
  if (count > 0) in_.append(piece, static_cast<std::size_t>(count));
  return count > 0;
}

std::string TestSocket::read(std::size_t most) {
  if (in_.empty()) fill();
  std::string out = in_.substr(0, most);
  in_.erase(0, out.size());
  return out;
}

bool TestSocket::ended() { return in_.empty() && !fill(); }

TestSocket::Answer TestSocket::answer(bool to_head) {
  Answer out;
  std::size_t end;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return out;
  }
  out.head = in_.substr(0, end + 4);
  in_.erase(0, end + 4);
  std::from_chars(out.head.data() + 9, out.head.data() + 12, out.status);
  auto number_behind = [&](std::string_view mark) {
    auto at = out.head.find(mark);
    return at == std::string::npos ? std::string::npos
                                   : std::strtoull(out.head.c_str() + at + mark.size(), nullptr, 10);
  };
  if (to_head || out.status == 204 || out.status == 304 || out.status == 100) {
    out.whole = true;
  } else if (std::size_t length = number_behind("content-length: "); length != std::string::npos) {
    while (in_.size() < length && fill()) {
    }
    out.whole = in_.size() >= length;
    out.body = in_.substr(0, length);
    in_.erase(0, out.body.size());
  } else if (out.head.contains("transfer-encoding: chunked")) {
    while (true) {
      std::size_t line;
      while ((line = in_.find("\r\n")) == std::string::npos) {
        if (!fill()) return out;
      }
      std::size_t size = std::strtoull(in_.c_str(), nullptr, 16);
      while (in_.size() < line + 2 + size + 2) {
        if (!fill()) return out;
      }
      out.body += in_.substr(line + 2, size);
      in_.erase(0, line + 2 + size + 2);
      if (size == 0) break;
    }
    out.whole = true;
  } else {
    while (fill()) {
    }
    out.body = std::exchange(in_, {});
  }
  return out;
}

}  // namespace entente::net
