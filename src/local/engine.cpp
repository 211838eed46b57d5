#include "local/engine.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <map>
#include <mutex>

#include "local/answer_grammar.hpp"
#include "local/compute_thread.hpp"
#include "local/desk.hpp"
#include "local/llama_model.hpp"
#include "local/loop.hpp"
#include "local/machine.hpp"
#include "local/make_engine.hpp"

namespace entente::local {

namespace {

using Milliseconds = std::chrono::milliseconds;

Milliseconds milliseconds(double seconds) { return Milliseconds(std::llround(seconds * 1000)); }

class ChannelStream final : public EventStream {
 public:
  explicit ChannelStream(std::shared_ptr<AnswerChannel> channel) : channel_(std::move(channel)) {}
  ~ChannelStream() override { channel_->leave(); }
  Task<std::optional<Event>> next() override { return channel_->next(); }
  Usage usage_so_far() const override { return channel_->usage(); }

 private:
  std::shared_ptr<AnswerChannel> channel_;
};

class EngineTicket final : public Ticket {
 public:
  EngineTicket(std::shared_ptr<Desk> desk, std::unique_ptr<Job> job, Milliseconds wait)
      : desk_(std::move(desk)), job_(std::move(job)), wait_(wait) {}
  ~EngineTicket() override {
    if (!job_) return;
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.remove(job_->id);
  }

  Milliseconds expected_wait() const override { return wait_; }
  std::int64_t prompt_tokens() const override { return prompt_tokens_; }
  std::int64_t most_completion_tokens() const override { return most_completion_tokens_; }

  Result<std::unique_ptr<EventStream>> start() override {
    std::shared_ptr<AnswerChannel> channel = job_->channel;
    {
      std::lock_guard lock(desk_->mutex);
      if (desk_->stopping) return fail(ErrorCode::unavailable, "The model was stopped. Ask again.");
      desk_->started.push_back(std::move(job_));
    }
    desk_->bell->ring();
    return std::make_unique<ChannelStream>(std::move(channel));
  }

 private:
  std::shared_ptr<Desk> desk_;
  std::unique_ptr<Job> job_;
  Milliseconds wait_;
  const std::int64_t prompt_tokens_ = static_cast<std::int64_t>(job_->prompt.size());
  const std::int64_t most_completion_tokens_ = std::int64_t{job_->most_said} * job_->chat->choices;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(std::unique_ptr<Model> model, const EngineOptions& options)
      : thread_(options.compute_thread ? options.compute_thread : std::make_shared<ComputeThread>()),
        model_(std::move(model)),
        info_(model_->info()),
        recommended_(options.sampling.temperature || options.sampling.top_p ? options.sampling
                                                                            : model_->recommended_sampling()),
        desk_(std::make_shared<Desk>(
            SchedulerLimits{.sequences = info_.sequences,
                            .most_batch = model_->most_batch(),
                            .waiting_per_tenant = options.waiting,
                            .answer_gap = std::chrono::duration<double>(options.answer_gap).count(),
                            .patience = std::chrono::duration<double>(options.patience).count()},
            thread_->bell())),
        loop_(*model_, desk_, options) {
    thread_->add(loop_);
  }

  ~EngineImpl() override {
    desk_->stopping = true;
    thread_->remove(loop_);
  }

  Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Chat> chat, Principal payer, std::string adapter) override {
    co_return admit(std::move(chat), payer, adapter);
  }
  Result<std::int64_t> count_tokens(const Chat& chat) const override {
    TRY_ASSIGN(Prompt prompt, model_->prompt_of(chat));
    return static_cast<std::int64_t>(prompt.tokens.size());
  }
  EngineInfo info() const override { return info_; }

  EngineStats stats() const override {
    EngineStats out{.running = desk_->running,
                    .waiting = desk_->waiting,
                    .prompt_tokens = desk_->prompt_tokens,
                    .cached_tokens = desk_->cached_tokens,
                    .completion_tokens = desk_->completion_tokens,
                    .steps = desk_->steps,
                    .step_seconds = static_cast<double>(desk_->step_microseconds) / 1e6,
                    .proposed_tokens = desk_->proposed_tokens,
                    .proposed_right = desk_->proposed_right,
                    .parked = desk_->parked,
                    .prefix_bytes = desk_->prefix_bytes,
                    .cells_used = desk_->cells_used};
    std::lock_guard lock(desk_->mutex);
    for (const Scheduler::Standing& standing : desk_->scheduler.standings()) {
      out.tenants.push_back({.tenant = standing.tenant,
                             .running = standing.running,
                             .waiting = standing.waiting,
                             .served = standing.served});
    }
    return out;
  }

 private:
  Result<std::unique_ptr<Ticket>> admit(std::shared_ptr<const Chat> chat, const Principal& payer,
                                        const std::string& adapter) {
    std::uint32_t adapter_number = 0;
    if (!adapter.empty()) {
      TRY_ASSIGN(adapter_number, model_->adapter(adapter));
    }
    if (chat->choices > info_.sequences) {
      return fail({.code = ErrorCode::invalid_request,
                   .message = std::format("'n' may be at most {} here, the number of answers this model makes at once.",
                                          info_.sequences),
                   .param = "n"});
    }
    for (auto [token, bias] : chat->sampling.logit_bias) {
      if (static_cast<std::uint32_t>(token) < model_->vocabulary()) continue;
      return fail({.code = ErrorCode::invalid_request,
                   .message = std::format("'logit_bias' names the token {}, but this model has {}.", token,
                                          model_->vocabulary()),
                   .param = "logit_bias"});
    }
    TRY(refuse_what_cannot_be_done(*chat));
    TRY(refuse_what_cannot_fit(*chat));
    TRY_ASSIGN(Prompt read, model_->prompt_of(*chat));
    std::vector<Token>& prompt = read.tokens;
    if (prompt.empty()) {
      return fail({.code = ErrorCode::invalid_request, .message = "The prompt is empty.", .param = "messages"});
    }
    if (prompt.size() >= info_.context_tokens) return fail(too_long(std::format("{}", prompt.size())));
    auto room = info_.context_tokens - static_cast<std::uint32_t>(prompt.size());

    auto job = std::make_unique<Job>();
    job->adapter = adapter_number;
    job->owner = payer.tenant;
    if (adapter_number > 0) job->owner += '\0' + adapter;  // what was computed with another adapter is of no use
    job->most_said = std::min(chat->max_tokens.value_or(room), room);
    job->sampling = with_recommended(chat->sampling, recommended_);
    TRY_ASSIGN(job->automaton, automaton_for(*chat, read.thinking));
    job->thinking = read.thinking;
    job->chat = std::move(chat);
    job->prompt = std::move(prompt);
    return take_a_place(std::move(job), payer);
  }

  // What other deployments can and this one cannot, by name.
  static Result<> refuse_what_cannot_be_done(const Chat& chat) {
    auto refusal = [](std::string param, std::string message) {
      return fail({.code = ErrorCode::invalid_request,
                   .message = std::move(message),
                   .reason = "unsupported_value",
                   .param = std::move(param)});
    };
    for (std::size_t i = 0; i < chat.conversation.size(); ++i) {
      const Message& message = chat.conversation[i];
      for (std::size_t j = 0; j < message.parts.size(); ++j) {
        if (!std::holds_alternative<ImagePart>(message.parts[j])) continue;
        std::string param = std::format("messages[{}].content[{}]", i, j);
        return refusal(param, std::format("'{}' is an image, but this model reads text only.", param));
      }
    }
    return {};
  }

  // What has been learnt of a form of answer is kept for the next chat that asks for it. Made here, walked only by the
  // thread that computes.
  Result<std::shared_ptr<grammar::Automaton>> automaton_for(const Chat& chat, bool thinking) {
    if (!chat.tooling.may_call() && chat.format.kind == AnswerFormat::Kind::text) return nullptr;
    constexpr std::size_t most_kept = 16;
    std::string key = grammar_key(chat, thinking);
    {
      std::lock_guard lock(automata_mutex_);
      if (auto known = automata_.find(key); known != automata_.end()) return known->second;
    }
    TRY_ASSIGN(auto grammar, answer_grammar(chat, model_->answer_form(), thinking));
    (void)model_->words();  // here, not when the first token is struck out
    auto made = std::make_shared<grammar::Automaton>(std::move(grammar));
    std::lock_guard lock(automata_mutex_);
    if (automata_.size() >= most_kept) automata_.clear();
    automata_.emplace(std::move(key), made);
    return made;
  }

  // So many bytes cannot be so few tokens: no need to count them.
  Result<> refuse_what_cannot_fit(const Chat& chat) const {
    std::uint64_t least = bytes_of(chat.conversation) / model_->longest_token_bytes();
    if (least >= info_.context_tokens) return fail(too_long(std::format("more than {}", least)));
    return {};
  }

  Error too_long(std::string_view tokens) const {
    return {
        .code = ErrorCode::context_too_long,
        .message = std::format("The prompt has {} tokens, but this model's context holds {} here, prompt and answer "
                               "together. Shorten it.",
                               tokens, info_.context_tokens),
        .reason = "context_length_exceeded",
        .param = "messages"};
  }

  // Into the scheduler at once, held until the ticket is used: what was promised counts as taken.
  Result<std::unique_ptr<Ticket>> take_a_place(std::unique_ptr<Job> job, const Principal& payer) {
    Scheduler::Asked asked{.payer = payer,
                           .urgency = job->chat->urgency,
                           .prompt_tokens = static_cast<std::uint32_t>(job->prompt.size()),
                           .most_said = job->most_said,
                           .choices = job->chat->choices,
                           .adapter = job->adapter};
    std::lock_guard lock(desk_->mutex);
    Scheduler::Outlook outlook = desk_->scheduler.outlook(asked);
    if (!outlook.admitted) {
      return fail({.code = outlook.own_queue_full ? ErrorCode::rate_limited : ErrorCode::overloaded,
                   .message = std::format("This model is busy: {}. Try again in {:.0f} s.",
                                          outlook.own_queue_full ? "as much of your work waits for it as may"
                                                                 : std::format("an answer would begin in {:.0f} s",
                                                                               outlook.first_token_seconds),
                                          std::ceil(outlook.retry_after_seconds)),
                   .retry_after = milliseconds(outlook.retry_after_seconds)});
    }
    job->id = desk_->next_id++;
    job->channel = std::make_shared<AnswerChannel>([desk = desk_, id = job->id](bool left) { desk->wake(id, left); });
    desk_->scheduler.add(job->id, asked);
    desk_->scheduler.hold(job->id, true);
    return std::make_unique<EngineTicket>(desk_, std::move(job), milliseconds(outlook.first_token_seconds));
  }

  const std::shared_ptr<ComputeThread> thread_;
  const std::unique_ptr<Model> model_;
  const EngineInfo info_;
  const RecommendedSampling recommended_;
  std::mutex automata_mutex_;
  std::map<std::string, std::shared_ptr<grammar::Automaton>> automata_;  // by grammar_key()
  const std::shared_ptr<Desk> desk_;
  Loop loop_;
};

}  // namespace

std::shared_ptr<Engine> make_engine(std::unique_ptr<Model> model, const EngineOptions& options) {
  return std::make_shared<EngineImpl>(std::move(model), options);
}

Result<std::shared_ptr<Engine>> Engine::load(EngineOptions options, std::function<bool(float)> progress) {
  if (!options.prefix_bytes) options.prefix_bytes = usual_prefixes(usual_budget());
  TRY_ASSIGN(auto model, load_llama_model(options, progress));
  return make_engine(std::move(model), options);
}

}  // namespace entente::local
