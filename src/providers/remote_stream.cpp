#include "providers/remote_stream.hpp"

#include <vector>

namespace entente::providers {

namespace {

using std::chrono::steady_clock;

constexpr auto for_the_end_of_http = std::chrono::milliseconds(200);

// What says something about the deployment, and not about the request, the key or whoever asked.
bool is_the_deployments_fault(const Error& error) {
  switch (error.code) {
    case ErrorCode::upstream_failed:
      return error.reason != "upstream_credentials" && error.reason != "upstream_not_found" &&
             error.reason != "stale_connection";
    case ErrorCode::timeout:
    case ErrorCode::overloaded:
    case ErrorCode::internal: return true;
    default: return false;
  }
}

class RemoteStream final : public EventStream {
 public:
  RemoteStream(std::unique_ptr<Trial> trial, std::unique_ptr<net::UpstreamReply> reply,
               std::unique_ptr<wire::ReplyDecoder> decoder, StreamTimes times)
      : trial_(std::move(trial)),
        reply_(std::move(reply)),
        decoder_(std::move(decoder)),
        times_(times),
        until_(times.first_token) {}

  Task<std::optional<Event>> next() override {
    while (at_ == events_.size()) {
      events_.clear();
      at_ = 0;
      if (failure_) co_return fail(trial_->failed(std::move(*failure_)));
      if (decoder_->complete()) {
        trial_->succeeded();
        // HTTP's own end lets the connection be used again; nobody waits for it long.
        (void)co_await reply_->next_piece(steady_clock::now() + for_the_end_of_http, "");
        reply_.reset();
        co_return std::nullopt;
      }
      auto piece = co_await reply_->next_piece(until_, spoken_ ? "stalled" : "first_token_timeout");
      if (!piece) co_return fail(trial_->failed(std::move(piece.error())));
      Result<> decoded = piece->empty() ? decoder_->end(events_) : feed(*piece);
      if (!decoded) failure_ = std::move(decoded.error());  // behind what was decoded before it
      for (const Event& event : events_) {
        if (!is_delta(event)) continue;
        spoken_ = true;
        until_ = steady_clock::now() + times_.between_tokens;
        break;
      }
    }
    co_return std::move(events_[at_++]);
  }

  bool has_next() const override { return at_ < events_.size() || (decoder_->complete() && reply_->whole()); }
  Usage usage_so_far() const override { return decoder_->usage_so_far(); }

 private:
  // With everything that came with it: what a maker wrote at once is passed on at once.
  Result<> feed(std::string_view piece) {
    do {
      TRY(decoder_->feed(piece, events_));
      if (decoder_->complete()) {
        (void)reply_->piece_at_hand();  // HTTP's own end, if that came, too
        return {};
      }
      TRY_ASSIGN(piece, reply_->piece_at_hand());
    } while (!piece.empty());
    return {};
  }

  std::unique_ptr<Trial> trial_;
  std::unique_ptr<net::UpstreamReply> reply_;
  std::unique_ptr<wire::ReplyDecoder> decoder_;
  const StreamTimes times_;
  steady_clock::time_point until_;
  bool spoken_ = false;
  std::vector<Event> events_;
  std::size_t at_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

void Trial::succeeded() {
  told_ = true;
  health_->breaker.succeeded();
}

Error Trial::failed(Error error) {
  if (!told_ && is_the_deployments_fault(error)) {
    told_ = true;
    health_->breaker.failed(steady_clock::now());
  } else if (!told_ && error.code != ErrorCode::cancelled) {
    succeeded();  // it answers: what it says is about the request
  }
  return error;
}

std::unique_ptr<EventStream> make_remote_stream(std::unique_ptr<Trial> trial, std::unique_ptr<net::UpstreamReply> reply,
                                                std::unique_ptr<wire::ReplyDecoder> decoder, StreamTimes times) {
  return std::make_unique<RemoteStream>(std::move(trial), std::move(reply), std::move(decoder), times);
}

}  // namespace entente::providers
