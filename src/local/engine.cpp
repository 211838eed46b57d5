#include "local/engine.hpp"

#include <algorithm>
#include <format>
#include <thread>

#include <pthread.h>

#include "base/log.hpp"
#include "local/batch.hpp"
#include "local/desk.hpp"
#include "local/llama_model.hpp"
#include "local/make_engine.hpp"
#include "local/token_chooser.hpp"

namespace entente::local {

namespace {

using Clock = std::chrono::steady_clock;

Error stopped() {
  return {.code = ErrorCode::unavailable, .message = "The model was stopped while it answered. Ask again."};
}

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
  EngineTicket(std::shared_ptr<Desk> desk, std::unique_ptr<Job> job, std::chrono::milliseconds wait)
      : desk_(std::move(desk)), job_(std::move(job)), wait_(wait) {}
  ~EngineTicket() override {
    if (!job_) return;
    std::lock_guard lock(desk_->mutex);
    --desk_->promised;
  }

  std::chrono::milliseconds expected_wait() const override { return wait_; }
  std::int64_t prompt_tokens() const override { return prompt_tokens_; }
  std::int64_t most_completion_tokens() const override { return most_completion_tokens_; }

  Result<std::unique_ptr<EventStream>> start() override {
    auto stream = std::make_unique<ChannelStream>(job_->channel);
    {
      std::lock_guard lock(desk_->mutex);
      --desk_->promised;
      auto job = std::move(job_);
      if (desk_->stopping) return fail(stopped());
      desk_->waiting.push_back(std::move(job));
    }
    desk_->ring();
    return stream;
  }

 private:
  std::shared_ptr<Desk> desk_;
  std::unique_ptr<Job> job_;
  std::chrono::milliseconds wait_;
  const std::int64_t prompt_tokens_ = static_cast<std::int64_t>(job_->prompt.size());
  const std::int64_t most_completion_tokens_ = std::int64_t{job_->most_said} * job_->chat->choices;
};

// The engine's thread: everything but admission happens here, one step after the other.
class Loop {
 public:
  Loop(Model& model, std::shared_ptr<Desk> desk) : model_(model), desk_(std::move(desk)) {
    for (std::uint32_t i = model_.info().sequences; i > 0; --i) free_.push_back(i - 1);
  }

  void run() {
    pthread_setname_np(pthread_self(), "engine");
    while (take_in()) {
      drop_the_left();
      step();
    }
    for (auto& job : running_) job->channel->fail(stopped());
  }

 private:
  // Waits for something to do, gives sequences to those who wait; false when the engine stops.
  bool take_in() {
    std::unique_lock lock(desk_->mutex);
    while (!desk_->stopping) {
      std::erase_if(desk_->waiting, [](const auto& job) { return job->channel->left(); });
      while (!desk_->waiting.empty() && desk_->waiting.front()->chat->choices <= free_.size()) {
        begin(std::move(desk_->waiting.front()));
        desk_->waiting.pop_front();
      }
      desk_->free_sequences = static_cast<std::uint32_t>(free_.size());
      bool work =
          std::ranges::any_of(running_, [](const auto& job) { return job->channel->left() || !job->channel->full(); });
      if (work) return true;
      desk_->bell.wait(lock, [this] { return desk_->rung; });
      desk_->rung = false;
    }
    for (auto& job : desk_->waiting) job->channel->fail(stopped());
    desk_->waiting.clear();
    return false;
  }

  void begin(std::unique_ptr<Job> job) {
    job->began = Clock::now();
    for (std::uint32_t i = 0; i < job->chat->choices; ++i) {
      job->choices.push_back({.index = i,
                              .sequence = free_.back(),
                              .chooser = model_.chooser(job->chat->sampling, i, job->prompt),
                              .text = TextAssembler(job->chat->stop)});
      free_.pop_back();
    }
    job->channel->push(Started{});
    running_.push_back(std::move(job));
    ++desk_->running;
  }

  void drop_the_left() {
    end_jobs_if([](const Job& job) { return job.channel->left(); });
  }

  // One token of the step: whose it is, and for a prompt how many of its tokens are in the step with it.
  struct Entry {
    Job* job;
    Choice* choice;  // null: the job's prompt
    std::uint32_t tokens;
    std::size_t last;  // index in the batch of its last token
  };

  void step() {
    compose();
    if (batch_.empty()) return;
    auto begin = Clock::now();
    Computed computed = model_.compute(batch_, [this] { return nobody_waits(); });
    desk_->step_microseconds +=
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count());
    ++desk_->steps;
    if (computed != Computed::done) return give_up(computed);
    for (const Entry& entry : entries_) {
      if (entry.choice) {
        go_on(*entry.job, *entry.choice, model_.logits(entry.last));
      } else {
        prompt_computed(entry);
      }
    }
    end_jobs_if([](const Job& job) { return !job.prompting() && std::ranges::all_of(job.choices, &Choice::done); });
  }

  void compose() {
    batch_.clear();
    entries_.clear();
    std::vector<Demand> demands;
    for (auto& job : running_) {
      if (job->channel->full()) continue;
      if (job->prompting()) {
        entries_.push_back({job.get(), nullptr, 0, 0});
        demands.push_back({.prompt_left = static_cast<std::uint32_t>(job->prompt.size() - job->prompt_done)});
        continue;
      }
      for (Choice& choice : job->choices) {
        if (choice.done) continue;
        entries_.push_back({job.get(), &choice, 0, 0});
        demands.push_back({});
      }
    }
    std::vector<std::uint32_t> shares = compose_step(demands, {.most = model_.most_batch()});
    for (std::size_t i = 0; i < shares.size(); ++i) {
      entries_[i].tokens = shares[i];
      if (shares[i] > 0) add_to_batch(entries_[i]);
    }
    std::erase_if(entries_, [](const Entry& entry) { return entry.tokens == 0; });
  }

  void add_to_batch(Entry& entry) {
    Job& job = *entry.job;
    if (entry.choice) {
      auto position = static_cast<std::int32_t>(job.prompt.size() + entry.choice->said - 1);
      batch_.push_back({entry.choice->last, position, entry.choice->sequence, true});
    } else {
      for (std::uint32_t i = 0; i < entry.tokens; ++i) {
        std::size_t at = job.prompt_done + i;
        batch_.push_back(
            {job.prompt[at], static_cast<std::int32_t>(at), job.choices.front().sequence, at + 1 == job.prompt.size()});
      }
    }
    entry.last = batch_.size() - 1;
  }

  bool nobody_waits() const {
    return desk_->stopping ||
           std::ranges::all_of(entries_, [](const Entry& entry) { return entry.job->channel->left(); });
  }

  void prompt_computed(const Entry& entry) {
    Job& job = *entry.job;
    job.prompt_done += entry.tokens;
    job.channel->count_prompt(entry.tokens);
    desk_->prompt_tokens += entry.tokens;
    if (job.prompting()) return;
    for (std::size_t i = 1; i < job.choices.size(); ++i) model_.copy(job.choices[0].sequence, job.choices[i].sequence);
    for (Choice& choice : job.choices) go_on(job, choice, model_.logits(entry.last));
  }

  // The next token of one answer.
  void go_on(Job& job, Choice& choice, std::span<const float> logits) {
    Token token = choice.chooser->choose(logits);
    if (model_.ends_answer(token)) {
      tell(job, choice, choice.text.finish());
      return finish(job, choice, FinishReason::stop);
    }
    ++choice.said;
    choice.last = token;
    job.channel->count_completion(1);
    ++desk_->completion_tokens;
    if (job.chat->logprobs) choice.untold.push_back(explain(logits, token, job.chat->top_logprobs));
    TextAssembler::Piece piece = choice.text.add(model_.bytes_of(token));
    bool stop = piece.stopped;
    tell(job, choice, std::move(piece));
    if (stop) return finish(job, choice, FinishReason::stop);
    if (choice.said == job.most_said) {
      tell(job, choice, choice.text.finish());
      finish(job, choice, FinishReason::length);
    }
  }

  void tell(Job& job, Choice& choice, TextAssembler::Piece piece) {
    TextDelta delta{.choice = choice.index, .text = std::move(piece.text)};
    if (job.chat->logprobs) {
      auto told = choice.untold.begin() + static_cast<std::ptrdiff_t>(std::min(piece.tokens, choice.untold.size()));
      delta.logprobs.assign(std::make_move_iterator(choice.untold.begin()), std::make_move_iterator(told));
      choice.untold.erase(choice.untold.begin(), told);
    }
    if (!delta.text.empty() || !delta.logprobs.empty()) job.channel->push(std::move(delta));
  }

  void finish(Job& job, Choice& choice, FinishReason reason) {
    job.channel->push(Finished{.choice = choice.index, .reason = reason});
    release(choice);
  }

  TokenChoice explain(std::span<const float> logits, Token token, std::uint32_t top) const {
    TokenChoice out;
    std::vector<ScoredToken> scores = score(logits, token, top);
    auto named = [this](const ScoredToken& scored) {
      return TokenLogprob{.token = std::string(model_.bytes_of(scored.token)), .logprob = scored.logprob};
    };
    out.chosen = named(scores[0]);
    for (std::size_t i = 1; i < scores.size(); ++i) out.top.push_back(named(scores[i]));
    return out;
  }

  void release(Choice& choice) {
    if (choice.done) return;
    choice.done = true;
    model_.forget(choice.sequence);
    free_.push_back(choice.sequence);
  }

  // The step came to nothing. After an abort everybody in it has left, or the engine stops.
  void give_up(Computed why) {
    Error error = stopped();
    if (why == Computed::failed) {
      log::error("A step could not be computed.", {{"tokens", batch_.size()}, {"answers", entries_.size()}});
      error.message = "The model could not go on with this answer.";
    }
    for (const Entry& entry : entries_) entry.job->channel->fail(error);
    end_jobs_if([this](const Job& job) {
      return std::ranges::any_of(entries_, [&job](const Entry& entry) { return entry.job == &job; });
    });
  }

  template <class Ended>
  void end_jobs_if(Ended ended) {
    std::erase_if(running_, [&](std::unique_ptr<Job>& job) {
      if (!ended(*job)) return false;
      bool whole = !job->prompting() && std::ranges::all_of(job->choices, &Choice::done);
      for (Choice& choice : job->choices) release(choice);
      if (whole) {
        job->channel->push(job->channel->usage());
        job->channel->finish();
        std::lock_guard lock(desk_->mutex);
        double seconds = std::chrono::duration<double>(Clock::now() - job->began).count();
        desk_->job_seconds = 0.9 * desk_->job_seconds + 0.1 * seconds;
      }
      --desk_->running;
      return true;
    });
  }

  Model& model_;
  const std::shared_ptr<Desk> desk_;
  std::vector<std::uint32_t> free_;            // sequences
  std::vector<std::unique_ptr<Job>> running_;  // in order of arrival
  std::vector<BatchToken> batch_;              // of the step
  std::vector<Entry> entries_;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(std::unique_ptr<Model> model, std::uint32_t waiting)
      : model_(std::move(model)), info_(model_->info()), most_waiting_(waiting), desk_(std::make_shared<Desk>()) {
    desk_->free_sequences = info_.sequences;
    thread_ = std::thread([this] { Loop(*model_, desk_).run(); });
  }

  ~EngineImpl() override {
    desk_->stopping = true;
    desk_->ring();
    thread_.join();
  }

  Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Chat> chat) override { co_return admit(std::move(chat)); }
  EngineInfo info() const override { return info_; }

  EngineStats stats() const override {
    EngineStats out{.running = desk_->running,
                    .prompt_tokens = desk_->prompt_tokens,
                    .completion_tokens = desk_->completion_tokens,
                    .steps = desk_->steps,
                    .step_seconds = static_cast<double>(desk_->step_microseconds) / 1e6};
    std::lock_guard lock(desk_->mutex);
    out.waiting = static_cast<std::uint32_t>(desk_->waiting.size());
    return out;
  }

 private:
  Result<std::unique_ptr<Ticket>> admit(std::shared_ptr<const Chat> chat) {
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
    TRY(refuse_what_cannot_fit(*chat));
    TRY_ASSIGN(std::vector<Token> prompt, model_->prompt_of(chat->conversation));
    if (prompt.empty()) {
      return fail({.code = ErrorCode::invalid_request, .message = "The prompt is empty.", .param = "messages"});
    }
    if (prompt.size() >= info_.context_tokens) return fail(too_long(std::format("{}", prompt.size())));
    auto room = info_.context_tokens - static_cast<std::uint32_t>(prompt.size());

    auto job = std::make_unique<Job>();
    job->most_said = std::min(chat->max_tokens.value_or(room), room);
    job->chat = std::move(chat);
    job->prompt = std::move(prompt);
    job->channel = std::make_shared<AnswerChannel>([desk = desk_] { desk->ring(); });
    return take_a_place(std::move(job));
  }

  // So many bytes cannot be so few tokens: no need to count them.
  Result<> refuse_what_cannot_fit(const Chat& chat) const {
    std::uint64_t bytes = 0;
    for (const Message& message : chat.conversation) bytes += message.text.size();
    std::uint64_t least = bytes / model_->longest_token_bytes();
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

  Result<std::unique_ptr<Ticket>> take_a_place(std::unique_ptr<Job> job) {
    std::lock_guard lock(desk_->mutex);
    auto ahead = static_cast<std::uint32_t>(desk_->waiting.size()) + desk_->promised;
    std::uint32_t free = desk_->free_sequences;
    double seconds = ahead < free ? 0 : (ahead - free + 1) * desk_->job_seconds / info_.sequences;
    auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    if (ahead >= most_waiting_ + free) {
      return fail({.code = ErrorCode::overloaded,
                   .message = std::format("{} pieces of work wait for this model already. Try again later.", ahead),
                   .retry_after = std::max(wait, std::chrono::milliseconds(1000))});
    }
    ++desk_->promised;
    return std::make_unique<EngineTicket>(desk_, std::move(job), wait);
  }

  const std::unique_ptr<Model> model_;
  const EngineInfo info_;
  const std::uint32_t most_waiting_;
  const std::shared_ptr<Desk> desk_;
  std::thread thread_;
};

}  // namespace

std::shared_ptr<Engine> make_engine(std::unique_ptr<Model> model, std::uint32_t waiting) {
  return std::make_shared<EngineImpl>(std::move(model), waiting);
}

Result<std::shared_ptr<Engine>> Engine::load(EngineOptions options, std::function<bool(float)> progress) {
  TRY_ASSIGN(auto model, load_llama_model(options, progress));
  return make_engine(std::move(model), options.waiting);
}

}  // namespace entente::local
