#include "providers/remote.hpp"

#include <algorithm>
#include <atomic>
#include <format>
#include <map>
#include <mutex>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "providers/attempt.hpp"
#include "providers/health.hpp"
#include "providers/remote_stream.hpp"

namespace entente::providers {

namespace {

using std::chrono::steady_clock;

constexpr std::int64_t usual_completion = 4096;  // set aside when the client bounds nothing
constexpr std::size_t most_failure_bytes = 64 * 1024;
constexpr auto pause_without_word = std::chrono::seconds(1);  // after a 429 that says no time
constexpr auto longest_pause = std::chrono::minutes(10);

class RemoteTicket final : public Ticket {
 public:
  RemoteTicket(const Work& work, std::shared_ptr<Health> health, std::size_t key, Slots::Slot slot, bool probe)
      : RemoteTicket(envelope_of(work), std::move(health), key, std::move(slot), probe) {}

  RemoteTicket(const Envelope& envelope, std::shared_ptr<Health> health, std::size_t key, Slots::Slot slot, bool probe)
      : prompt_tokens_(static_cast<std::int64_t>((envelope.prompt_bytes + 3) / 4)),
        most_completion_(std::int64_t{envelope.choices} *
                         (envelope.max_tokens ? std::int64_t{*envelope.max_tokens} : usual_completion)),
        key_(key),
        trial_(std::make_unique<Trial>(std::move(health), std::move(slot), probe)) {}

  std::chrono::milliseconds expected_wait() const override { return {}; }
  std::int64_t prompt_tokens() const override { return prompt_tokens_; }
  std::int64_t most_completion_tokens() const override { return most_completion_; }
  std::size_t key() const { return key_; }
  std::unique_ptr<Trial> take_trial() { return std::move(trial_); }

 private:
  std::int64_t prompt_tokens_, most_completion_;
  std::size_t key_;
  std::unique_ptr<Trial> trial_;
};

class RemoteProviderImpl final : public RemoteProvider {
 public:
  RemoteProviderImpl(ProviderOptions options, std::unique_ptr<Maker> maker, bool makers_own,
                     std::shared_ptr<net::Upstream> upstream)
      : options_(std::move(options)),
        maker_(std::move(maker)),
        makers_own_(makers_own),
        upstream_(std::move(upstream)) {
    if (options_.keys.empty()) options_.keys.emplace_back();  // a server that asks for none
  }

  Task<std::unique_ptr<Ticket>> offer(const Deployment& deployment, std::shared_ptr<const Work> work, const Principal&,
                                      const OnWaiting&) override {
    CO_TRY(maker_->can_take(*work));
    std::shared_ptr<Health> health = health_of(deployment.name);
    CO_TRY_ASSIGN(Slots::Slot slot, co_await health->slots->take(deployment.most_running, deployment.queue_time));
    auto now = steady_clock::now();
    CO_TRY_ASSIGN(std::size_t key, health->keys.choose(now));
    Breaker::Answer answer = health->breaker.ask(now);
    if (answer == Breaker::Answer::shut) {
      co_return fail(
          {.code = ErrorCode::unavailable,
           .message = std::format("The deployment '{}' has failed several times and rests.", deployment.name),
           .reason = "breaker_open",
           .retry_after = std::max(health->breaker.remaining(now), std::chrono::milliseconds(100))});
    }
    co_return std::make_unique<RemoteTicket>(*work, std::move(health), key, std::move(slot),
                                             answer == Breaker::Answer::probe);
  }

  Result<> can_take(const Work& work) const override { return maker_->can_take(work); }

  std::optional<HealthNow> health(const Deployment& deployment) const override {
    auto known = health_.load();
    auto found = known->find(deployment.name);
    return (found != known->end() ? found->second : std::make_shared<Health>(options_.keys.size()))
        ->now(steady_clock::now());
  }

  Task<std::unique_ptr<Ticket>> offer_test(const Deployment& deployment, std::shared_ptr<const Work> work,
                                           const Principal&, std::size_t key) override {
    CO_TRY(maker_->can_take(*work));
    co_return std::make_unique<RemoteTicket>(*work, health_of(deployment.name), std::min(key, options_.keys.size() - 1),
                                             Slots::Slot(), false);
  }

  Task<std::unique_ptr<EventStream>> send(Attempt attempt) override {
    auto& ticket = static_cast<RemoteTicket&>(attempt.ticket());
    std::unique_ptr<Trial> trial = ticket.take_trial();
    std::size_t key = ticket.key();
    CO_TRY_ASSIGN(net::UpstreamRequest request, maker_->request({.deployment = attempt.deployment(),
                                                                 .work = attempt.work(),
                                                                 .key = options_.keys[key],
                                                                 .upstream = *upstream_}));
    if (!makers_own_ && !options_.instance.empty()) {
      const std::string& via = attempt.via();
      request.headers.add("entente-via", via.empty() ? options_.instance : via + ", " + options_.instance);
    }
    auto began = steady_clock::now();
    std::shared_ptr<const net::PeerIdentity> peer;
    request.sent_to = &peer;
    auto reply = co_await upstream_->send(std::move(request));
    if (peer)
      attempt.sent_to()->peer = {.address = peer->address, .name = peer->name, .spki = peer->spki, .tls = peer->tls};
    if (!reply) co_return fail(trial->failed(std::move(reply.error())));
    if ((*reply)->status() != 200) {
      Error failure = co_await failure_of(**reply);
      about_the_key(*trial, key, failure);
      co_return fail(trial->failed(std::move(failure)));
    }
    if (Result<> readable = check_form((*reply)->headers(), attempt.work()); !readable)
      co_return fail(trial->failed(std::move(readable.error())));
    trial->key_works(key);
    co_return make_remote_stream(
        std::move(trial), std::move(*reply), maker_->decoder(attempt.work()),
        {.first_token = began + options_.first_token_time, .between_tokens = options_.between_tokens_time});
  }

 private:
  std::shared_ptr<Health> health_of(const std::string& deployment) {
    auto known = health_.load();
    if (auto found = known->find(deployment); found != known->end()) return found->second;
    std::lock_guard lock(adding_);
    known = health_.load();
    if (auto found = known->find(deployment); found != known->end()) return found->second;
    auto more = std::make_shared<AllHealth>(*known);
    auto added = more->emplace(deployment, std::make_shared<Health>(options_.keys.size())).first->second;
    health_.store(std::move(more));
    return added;
  }

  boost::asio::awaitable<Error> failure_of(net::UpstreamReply& reply) const {
    auto body = co_await net::read_small_body(reply, most_failure_bytes, std::chrono::seconds(10));
    Error failure =
        maker_->failure(reply.status(), reply.headers(), body ? std::string_view(*body) : std::string_view());
    if (!body && body.error().code == ErrorCode::cancelled) failure = std::move(body.error());
    co_return failure;
  }

  void about_the_key(Trial& trial, std::size_t key, const Error& failure) const {
    auto now = steady_clock::now();
    Keys& keys = trial.health().keys;
    if (failure.reason == "upstream_credentials") {
      keys.refused(key, now);
      log::warning(
          "A provider does not take a key.",
          {{"provider", options_.name}, {"key", static_cast<std::int64_t>(key + 1)}, {"details", failure.details}});
    } else if (failure.reason == "upstream_rate_limited") {
      std::chrono::milliseconds pause = failure.retry_after.value_or(pause_without_word);
      keys.used_too_often(key, now, std::min<std::chrono::milliseconds>(pause, longest_pause));
    }
  }

  Result<> check_form(const net::Headers& headers, const Work& work) const {
    std::string_view coding = headers.get("content-encoding");
    if (!coding.empty() && !equal_without_case(coding, "identity")) {
      return fail({.code = ErrorCode::upstream_failed,
                   .message = "The provider packed its answer, which was not asked for.",
                   .reason = "bad_reply",
                   .details = std::format("content-encoding: {}", coding.substr(0, 40))});
    }
    std::string_view type = headers.get("content-type");
    if (maker_->reads(work, to_lower(trim(type.substr(0, type.find(';')))))) return {};
    return fail({.code = ErrorCode::upstream_failed,
                 .message = std::format("The provider did not answer with {}.", maker_->reply_type(work)),
                 .reason = "bad_reply",
                 .details = std::format("content-type: {}", type.substr(0, 80))});
  }

  using AllHealth = std::map<std::string, std::shared_ptr<Health>, std::less<>>;

  ProviderOptions options_;
  const std::unique_ptr<Maker> maker_;
  const bool makers_own_;
  const std::shared_ptr<net::Upstream> upstream_;
  std::mutex adding_;
  std::atomic<std::shared_ptr<const AllHealth>> health_ = std::make_shared<const AllHealth>();
};

}  // namespace

Result<std::shared_ptr<Provider>> RemoteProvider::create(ProviderOptions options, std::unique_ptr<Maker> maker,
                                                         bool makers_own) {
  auto upstream = net::Upstream::create({.endpoint = options.endpoint,
                                         .ca_file = options.ca_file,
                                         .client_certificate = options.client_certificate,
                                         .client_key = options.client_key,
                                         .connect_time = options.connect_time,
                                         .headers_time = options.headers_time});
  if (!upstream) {
    upstream.error().message = std::format("The provider \"{}\": {}", options.name, upstream.error().message);
    return fail(std::move(upstream.error()));
  }
  return std::make_shared<RemoteProviderImpl>(std::move(options), std::move(maker), makers_own, std::move(*upstream));
}

}  // namespace entente::providers
