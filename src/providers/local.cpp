#include "providers/local.hpp"

#include <array>
#include <cmath>
#include <format>

#include "base/log.hpp"
#include "local/compute_thread.hpp"
#include "local/machine/machine.hpp"
#include "local/model/model_file.hpp"
#include "providers/abilities.hpp"
#include "providers/attempt.hpp"

namespace entente::providers {

namespace {

using Lease = local::ModelHost::Lease;

class LocalTicket final : public Ticket {
 public:
  LocalTicket(Lease lease, std::unique_ptr<local::Ticket> inner) : lease_(std::move(lease)), inner_(std::move(inner)) {}
  std::string weights() const { return lease_->info().sha256; }
  std::chrono::milliseconds expected_wait() const override { return inner_->expected_wait(); }
  std::int64_t prompt_tokens() const override { return inner_->prompt_tokens(); }
  std::int64_t most_completion_tokens() const override { return inner_->most_completion_tokens(); }
  Result<std::unique_ptr<EventStream>> start();

 private:
  Lease lease_;  // before inner_: the engine outlives the place in it
  std::unique_ptr<local::Ticket> inner_;
};

class CountStream final : public EventStream {
 public:
  explicit CountStream(std::int64_t tokens) : left_{Started{}, Counted{tokens}, Usage{}} {}
  Task<std::optional<Event>> next() override {
    if (at_ == left_.size()) co_return std::nullopt;
    co_return std::move(left_[at_++]);
  }
  Usage usage_so_far() const override { return {}; }

 private:
  std::array<Event, 3> left_;
  std::size_t at_ = 0;
};

// Tokens are counted without a place in the engine, and cost nothing.
class CountTicket final : public local::Ticket {
 public:
  explicit CountTicket(std::size_t tokens) : tokens_(static_cast<std::int64_t>(tokens)) {}
  std::chrono::milliseconds expected_wait() const override { return {}; }
  std::int64_t prompt_tokens() const override { return 0; }
  std::int64_t most_completion_tokens() const override { return 0; }
  Result<std::unique_ptr<EventStream>> start() override { return std::make_unique<CountStream>(tokens_); }

 private:
  const std::int64_t tokens_;
};

// Keeps the model while an answer runs, also when it has been chosen to go.
class HeldStream final : public EventStream {
 public:
  HeldStream(Lease lease, std::unique_ptr<EventStream> inner) : lease_(std::move(lease)), inner_(std::move(inner)) {}
  Task<std::optional<Event>> next() override { return inner_->next(); }
  bool has_next() const override { return inner_->has_next(); }
  Usage usage_so_far() const override { return inner_->usage_so_far(); }

 private:
  Lease lease_;
  std::unique_ptr<EventStream> inner_;
};

Result<std::unique_ptr<EventStream>> LocalTicket::start() {
  TRY_ASSIGN(auto stream, inner_->start());
  return std::make_unique<HeldStream>(std::move(lease_), std::move(stream));
}

std::string in_words(std::string_view model, const local::ModelHost::Progress& progress) {
  if (progress.stage == local::Stage::loading)
    return std::format("loading {} {:.0f} %", model, std::floor(progress.fraction * 100));
  return std::format("waiting until {} can be loaded", model);
}

class LocalProviderImpl final : public LocalProvider {
 public:
  LocalProviderImpl(local::ModelHost::Options hosting, Locate locate)
      : budget_(hosting.budget),
        locate_(std::move(locate)),
        host_(std::move(hosting), [this](const std::string& model) { return prepare(model); }) {}

  Task<std::unique_ptr<Ticket>> offer(const Deployment& deployment, std::shared_ptr<const Work> work,
                                      const Principal& payer, const OnWaiting& on_waiting) override {
    CO_TRY(can_take(*work));
    auto [model, adapter] = local_name(deployment.model);
    auto told = [&](const local::ModelHost::Progress& progress) { return on_waiting(in_words(model, progress)); };
    CO_TRY_ASSIGN(Lease lease, co_await host_.engine(model, payer.tenant, told));
    CO_TRY_ASSIGN(auto ticket, co_await offer_to(*lease, std::move(work), payer, adapter));
    co_return std::make_unique<LocalTicket>(std::move(lease), std::move(ticket));
  }

  // What only other makers may understand changes no count of tokens here.
  Result<> can_take(const Work& work) const override {
    if (const auto* chat = std::get_if<Chat>(&work)) return check_passed(*chat, "");
    if (std::holds_alternative<Complete>(work) || std::holds_alternative<Embed>(work) ||
        std::holds_alternative<Rerank>(work) || std::holds_alternative<CountTokens>(work))
      return {};
    return fail({.code = ErrorCode::unsupported,
                 .message = "Models of this machine read and write text.",
                 .reason = "unsupported_work"});
  }

  Task<std::unique_ptr<EventStream>> send(Attempt attempt) override {
    auto& ticket = static_cast<LocalTicket&>(attempt.ticket());
    attempt.sent_to()->weights = ticket.weights();
    co_return ticket.start();
  }

  Task<std::vector<std::int32_t>> tokens_of(const Deployment& deployment, std::shared_ptr<const Work> work,
                                            const Principal& payer) override {
    CO_TRY_ASSIGN(Lease lease, co_await lease_of(deployment, payer));
    co_return lease->tokens_of(*work);
  }
  Task<std::string> text_of(const Deployment& deployment, std::vector<std::int32_t> tokens,
                            const Principal& payer) override {
    CO_TRY_ASSIGN(Lease lease, co_await lease_of(deployment, payer));
    co_return lease->text_of(tokens);
  }
  Task<TokenizerInfo> tokenizer_of(const Deployment& deployment, const Principal& payer) override {
    CO_TRY_ASSIGN(Lease lease, co_await lease_of(deployment, payer));
    co_return lease->tokenizer();
  }

  void preload(std::string model) override { host_.preload(std::move(model)); }
  bool preloading() const override { return host_.preloading(); }
  void retain(const std::set<std::string>& models) override { host_.retain(models); }
  std::vector<local::ModelHost::Resident> residents() const override { return host_.residents(); }
  std::uint64_t memory_budget() const override { return budget_; }

 private:
  static Task<std::unique_ptr<local::Ticket>> offer_to(local::Engine& engine, std::shared_ptr<const Work> work,
                                                       const Principal& payer, const std::string& adapter) {
    if (auto* chat = std::get_if<Chat>(work.get())) {
      co_return co_await engine.offer(std::shared_ptr<const Chat>(work, chat), payer, adapter);
    }
    if (auto* complete = std::get_if<Complete>(work.get())) {
      co_return co_await engine.offer(std::shared_ptr<const Complete>(work, complete), payer, adapter);
    }
    if (auto* embed = std::get_if<Embed>(work.get())) {
      co_return co_await engine.offer(std::shared_ptr<const Embed>(work, embed), payer, adapter);
    }
    if (std::holds_alternative<CountTokens>(*work)) {
      CO_TRY_ASSIGN(std::vector<std::int32_t> tokens, engine.tokens_of(*work));
      co_return std::make_unique<CountTicket>(tokens.size());
    }
    co_return co_await engine.offer(std::shared_ptr<const Rerank>(work, &std::get<Rerank>(*work)), payer, adapter);
  }

  // Nobody is told how far the loading is.
  Task<Lease> lease_of(const Deployment& deployment, const Principal& payer) {
    auto nobody_is_told = [](const local::ModelHost::Progress&) -> Task<> { co_return Result<>{}; };
    std::string model = local_name(deployment.model).model;
    co_return co_await host_.engine(model, payer.tenant, nobody_is_told);
  }

  static local::Wishes wishes(const local::EngineOptions& options) {
    return {
        .sequences = options.sequences, .context_tokens = options.context_tokens, .prefix_bytes = options.prefix_bytes};
  }

  Result<local::ModelHost::Prepared> prepare(const std::string& model) {
    TRY_ASSIGN(local::EngineOptions options, locate_(model));
    TRY_ASSIGN(local::ModelNeeds needs, local::measure_model_file(options));
    std::uint64_t least = local::least_size(needs, wishes(options)).bytes;
    std::uint64_t useful = std::max(least, local::useful_size(needs, wishes(options), budget_).bytes);
    return local::ModelHost::Prepared{.sizes = {.least = least, .useful = useful},
                                      .load = [this, model, options, needs](std::uint64_t room, const auto& progress) {
                                        return load(model, options, needs, room, progress);
                                      }};
  }

  Result<local::ModelHost::Loaded> load(const std::string& model, local::EngineOptions options,
                                        const local::ModelNeeds& needs, std::uint64_t room,
                                        const std::function<bool(float)>& progress) {
    auto begin = std::chrono::steady_clock::now();
    local::Size size = local::size_in(needs, wishes(options), budget_, room);
    options.compute_thread = compute_thread_;
    options.sequences = size.shape.sequences;
    options.context_tokens = size.shape.context_tokens;
    options.prefix_bytes = size.prefix_bytes;
    TRY_ASSIGN(auto engine, local::Engine::load(options, progress));
    local::EngineInfo info = engine->info();
    auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
    log::info("Model loaded.", {{"model", model},
                                {"description", info.description},
                                {"backend", info.backend},
                                {"sequences", info.sequences},
                                {"context_tokens", info.context_tokens},
                                {"threads", info.threads},
                                {"bytes", size.bytes},
                                {"ms", ms}});
    return local::ModelHost::Loaded{.engine = std::move(engine), .bytes = size.bytes};
  }

  const std::shared_ptr<local::ComputeThread> compute_thread_ = std::make_shared<local::ComputeThread>();
  const std::uint64_t budget_;
  const Locate locate_;
  local::ModelHost host_;  // last: its thread uses the others
};

}  // namespace

LocalName local_name(std::string_view name) {
  std::size_t plus = name.find('+');
  if (plus == std::string_view::npos) return {.model = std::string(name), .adapter = {}};
  return {.model = std::string(name.substr(0, plus)), .adapter = std::string(name.substr(plus + 1))};
}

std::shared_ptr<LocalProvider> LocalProvider::create(local::ModelHost::Options hosting, Locate locate) {
  if (hosting.budget == 0) hosting.budget = local::usual_budget();
  return std::make_shared<LocalProviderImpl>(std::move(hosting), std::move(locate));
}

}  // namespace entente::providers
