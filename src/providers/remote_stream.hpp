// The stream of an answer from another server: pieces of the body through the maker's decoder, one event at a time.
//
// A piece is read only when its events are wanted, so a slow reader slows the provider. Destroying the stream before
// its end closes the connection. A Trial tells the deployment's health how an attempt went, once.
#pragma once

#include <chrono>
#include <memory>

#include "domain/event_stream.hpp"
#include "net/upstream.hpp"
#include "providers/health.hpp"
#include "wire/reply.hpp"

namespace entente::providers {

class Trial {
 public:
  Trial(std::shared_ptr<Health> health, Slots::Slot slot, bool probe)
      : health_(std::move(health)), slot_(std::move(slot)), probe_(probe) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() {
    if (probe_ && !told_) health_->breaker.abandoned();
  }

  void succeeded();
  Error failed(Error error);  // gives the error back
  void key_works(std::size_t key) { health_->keys.works(key); }
  Health& health() { return *health_; }

 private:
  std::shared_ptr<Health> health_;
  Slots::Slot slot_;
  bool probe_, told_ = false;
};

struct StreamTimes {
  std::chrono::steady_clock::time_point first_token;
  std::chrono::milliseconds between_tokens;
};

std::unique_ptr<EventStream> make_remote_stream(std::unique_ptr<Trial> trial, std::unique_ptr<net::UpstreamReply> reply,
                                                std::unique_ptr<wire::ReplyDecoder> decoder, StreamTimes times);

}  // namespace entente::providers
