// Attempt: one sending of a piece of work to one deployment, the only thing Provider::send takes.
//
// Nobody but gateway::Admitted can make one, and it does so after the store has the intent on disk: "nothing leaves the
// machine before its intent is durable" is held by the compiler (tests/must_not_compile). Moves, never copies: an
// attempt is sent once.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "domain/peer.hpp"
#include "providers/provider.hpp"

namespace entente::gateway {
class Admitted;
}

namespace entente::providers {

// Where an attempt went, once that is known: before the first byte is sent.
struct SentTo {
  std::optional<Peer> peer;
  std::string weights;  // of a model of this machine: SHA-256 of its file, hexadecimal
};

class Attempt {
 public:
  Attempt(Attempt&&) noexcept = default;
  Attempt& operator=(Attempt&&) noexcept = default;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  const std::string& id() const { return id_; }
  const Deployment& deployment() const { return *deployment_; }
  const Work& work() const { return *work_; }
  // Through which servers of our kind the request came, as its entente-via header said.
  const std::string& via() const { return via_; }
  Ticket& ticket() { return *ticket_; }
  // Filled in by the provider, for whoever asked before sending.
  const std::shared_ptr<SentTo>& sent_to() const { return sent_to_; }

 private:
  friend class gateway::Admitted;
  Attempt(std::string id, std::shared_ptr<const Deployment> deployment, std::shared_ptr<const Work> work,
          std::unique_ptr<Ticket> ticket, std::string via)
      : id_(std::move(id)),
        deployment_(std::move(deployment)),
        work_(std::move(work)),
        ticket_(std::move(ticket)),
        via_(std::move(via)) {}

  std::string id_;
  std::shared_ptr<const Deployment> deployment_;
  std::shared_ptr<const Work> work_;
  std::unique_ptr<Ticket> ticket_;
  std::string via_;
  std::shared_ptr<SentTo> sent_to_ = std::make_shared<SentTo>();
};

}  // namespace entente::providers
