#include "local/engine.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "local/compute_thread.hpp"
#include "local/desk.hpp"
#include "local/job_maker.hpp"
#include "local/libllama/llama_model.hpp"
#include "local/loop.hpp"
#include "local/machine/machine.hpp"
#include "local/make_engine.hpp"
#include "local/memory/spill.hpp"
#include "local/model/sizing.hpp"
#include "local/scores.hpp"

namespace entente::local {

namespace {

using Milliseconds = std::chrono::milliseconds;

Milliseconds milliseconds(double seconds) { return Milliseconds(std::llround(seconds * 1000)); }

class ChannelStream final : public EventStream {
 public:
  explicit ChannelStream(std::shared_ptr<AnswerChannel> channel) : channel_(std::move(channel)) {}
  ~ChannelStream() override { channel_->leave(); }
  Task<std::optional<Event>> next() override { return channel_->next(); }
  bool has_next() const override { return channel_->has_next(); }
  Usage usage_so_far() const override { return channel_->usage(); }

 private:
  std::shared_ptr<AnswerChannel> channel_;
};

class EngineTicket final : public Ticket {
 public:
  EngineTicket(std::shared_ptr<Desk> desk, std::vector<std::unique_ptr<Job>> jobs, Milliseconds wait)
      : desk_(std::move(desk)), jobs_(std::move(jobs)), wait_(wait) {
    for (const auto& job : jobs_) {
      prompt_tokens_ += static_cast<std::int64_t>(job->prompt.size());
      most_completion_tokens_ += std::int64_t{job->most_said} * job->wanted.choices;
    }
  }
  ~EngineTicket() override {
    if (jobs_.empty()) return;
    std::lock_guard lock(desk_->mutex);
    for (const auto& job : jobs_) desk_->scheduler.remove(job->id);
  }

  Milliseconds expected_wait() const override { return wait_; }
  std::int64_t prompt_tokens() const override { return prompt_tokens_; }
  std::int64_t most_completion_tokens() const override { return most_completion_tokens_; }

  Result<std::unique_ptr<EventStream>> start() override {
    std::shared_ptr<AnswerChannel> channel = jobs_.front()->channel;
    {
      std::lock_guard lock(desk_->mutex);
      if (desk_->stopping) return fail(ErrorCode::unavailable, "The model was stopped. Ask again.");
      for (auto& job : jobs_) desk_->started.push_back(std::move(job));
      jobs_.clear();
    }
    desk_->bell->ring();
    return std::make_unique<ChannelStream>(std::move(channel));
  }

 private:
  std::shared_ptr<Desk> desk_;
  std::vector<std::unique_ptr<Job>> jobs_;
  Milliseconds wait_;
  std::int64_t prompt_tokens_ = 0, most_completion_tokens_ = 0;
};

EngineInfo info_of(const Model& model, const Model* draft) {
  EngineInfo info = model.info();
  if (draft) info.draft = draft->info().description;
  return info;
}

class EngineImpl final : public Engine {
 public:
  EngineImpl(std::unique_ptr<Model> model, std::unique_ptr<Model> draft, const EngineOptions& options)
      : thread_(options.compute_thread ? options.compute_thread : std::make_shared<ComputeThread>()),
        model_(std::move(model)),
        draft_(std::move(draft)),
        info_(info_of(*model_, draft_.get())),
        jobs_(
            *model_, info_,
            options.sampling.temperature || options.sampling.top_p ? options.sampling : model_->recommended_sampling()),
        desk_(std::make_shared<Desk>(
            SchedulerLimits{.sequences = info_.sequences,
                            .most_batch = model_->most_batch(),
                            .waiting_per_tenant = options.waiting,
                            .answer_gap = std::chrono::duration<double>(options.answer_gap).count(),
                            .patience = std::chrono::duration<double>(options.patience).count()},
            options.weights, thread_->bell())),
        shelf_(options.spill && options.prefix_bytes.value_or(0) > 0
                   ? options.spill->shelf(thread_->bell(),
                                          static_cast<double>(std::max<std::uint64_t>(1, info_.parameters)))
                   : nullptr),
        loop_(*model_, draft_.get(), desk_, options, shelf_) {
    thread_->add(loop_);
  }

  ~EngineImpl() override {
    desk_->stopping = true;
    thread_->remove(loop_);
  }

  Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Chat> work, Principal payer, std::string adapter) override {
    co_return admit(*work, payer, adapter);
  }
  Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Complete> work, Principal payer,
                                      std::string adapter) override {
    co_return admit(*work, payer, adapter);
  }
  Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Embed> work, Principal payer,
                                      std::string adapter) override {
    co_return admit(*work, payer, adapter);
  }
  Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Rerank> work, Principal payer,
                                      std::string adapter) override {
    CO_TRY_ASSIGN(auto vectors, admit(*work, payer, adapter));
    co_return std::make_unique<ScoringTicket>(std::move(vectors), work->documents.size(), info_.makes != Makes::scores);
  }
  Result<std::vector<Token>> tokens_of(const Work& work) const override { return jobs_.tokens_of(work); }
  Result<std::string> text_of(std::span<const Token> tokens) const override { return jobs_.text_of(tokens); }
  TokenizerInfo tokenizer() const override {
    TokenizerInfo told = model_->tokenizer();
    told.context_tokens = info_.context_tokens;
    return told;
  }
  EngineInfo info() const override { return info_; }

  EngineStats stats() const override {
    EngineStats out{
        .running = desk_->running,
        .waiting = desk_->waiting,
        .prompt_tokens = desk_->prompt_tokens,
        .cached_tokens = desk_->cached_tokens,
        .completion_tokens = desk_->completion_tokens,
        .steps = desk_->steps,
        .step_seconds = static_cast<double>(desk_->step_microseconds) / 1e6,
        .joules = desk_->microjoules > 0 ? std::optional(static_cast<double>(desk_->microjoules) / 1e6) : std::nullopt,
        .proposed_tokens = desk_->proposed_tokens,
        .proposed_right = desk_->proposed_right,
        .drafted_tokens = desk_->drafted_tokens,
        .drafted_right = desk_->drafted_right,
        .parked = desk_->parked,
        .prefix_bytes = desk_->prefix_bytes,
        .cells_used = desk_->cells_used};
    if (shelf_) {
      Shelf::Stats spilled = shelf_->stats();
      out.spill_bytes = spilled.bytes;
      out.spill_prompts = spilled.entries;
      out.spill_hits = spilled.hits;
    }
    std::lock_guard lock(desk_->mutex);
    for (const Scheduler::Standing& standing : desk_->scheduler.standings()) {
      out.tenants.push_back({.tenant = standing.tenant,
                             .name = standing.name,
                             .running = standing.running,
                             .waiting = standing.waiting,
                             .served = standing.served});
    }
    return out;
  }

 private:
  template <class AnyWork>
  Result<std::unique_ptr<Ticket>> admit(const AnyWork& work, const Principal& payer, const std::string& adapter) {
    TRY_ASSIGN(std::vector<std::unique_ptr<Job>> jobs, jobs_.of(work, payer.tenant, adapter));
    return take_places(std::move(jobs), payer);
  }

  // Into the scheduler at once, held until the ticket is used: what was promised counts as taken. A request of many
  // prompts is one piece of work to whoever decides whether there is room.
  Result<std::unique_ptr<Ticket>> take_places(std::vector<std::unique_ptr<Job>> jobs, const Principal& payer) {
    auto asked_of = [&](const Job& job) {
      return Scheduler::Asked{.payer = payer,
                              .urgency = job.wanted.urgency,
                              .prompt_tokens = static_cast<std::uint32_t>(job.prompt.size()),
                              .most_said = job.most_said,
                              .choices = job.wanted.choices,
                              .adapter = job.adapter};
    };
    std::lock_guard lock(desk_->mutex);
    Scheduler::Outlook outlook = desk_->scheduler.outlook(asked_of(*jobs.front()));
    if (!outlook.admitted) {
      return fail({.code = outlook.own_queue_full ? ErrorCode::rate_limited : ErrorCode::overloaded,
                   .message = std::format("This model is busy: {}. Try again in {:.0f} s.",
                                          outlook.own_queue_full ? "as much of your work waits for it as may"
                                                                 : std::format("an answer would begin in {:.0f} s",
                                                                               outlook.first_token_seconds),
                                          std::ceil(outlook.retry_after_seconds)),
                   .retry_after = milliseconds(outlook.retry_after_seconds)});
    }
    std::vector<Scheduler::Id> ids;
    ids.reserve(jobs.size());
    for (auto& job : jobs) ids.push_back(job->id = desk_->next_id++);
    auto wake = [desk = desk_, ids](bool left) {
      for (Scheduler::Id id : ids) desk->wake(id, left);
    };
    auto channel = std::make_shared<AnswerChannel>(std::move(wake), jobs.size());
    for (auto& job : jobs) {
      job->channel = channel;
      desk_->scheduler.add(job->id, asked_of(*job));
      desk_->scheduler.hold(job->id, true);
    }
    return std::make_unique<EngineTicket>(desk_, std::move(jobs), milliseconds(outlook.first_token_seconds));
  }

  const std::shared_ptr<ComputeThread> thread_;
  const std::unique_ptr<Model> model_, draft_;
  const EngineInfo info_;
  JobMaker jobs_;
  const std::shared_ptr<Desk> desk_;
  const std::shared_ptr<Shelf> shelf_;  // null: none
  Loop loop_;
};

// On a thread that ends with it: where ggml packs weights anew for this processor (AMX, for one), it computes in
// parallel while it loads, and libgomp then keeps helpers for the thread that did. With more of them than there are
// cores, every barrier of the thread that computes would sleep (compute_thread.hpp): half of the speed, on two cores.
Result<std::unique_ptr<Model>> load_apart(const EngineOptions& options, const std::function<bool(float)>& progress) {
  Result<std::unique_ptr<Model>> loaded = nullptr;
  std::thread([&] { loaded = load_llama_model(options, progress); }).join();
  return loaded;
}

// What a draft model takes of the memory was counted with the model's own (measure_model_file).
Result<std::unique_ptr<Model>> load_draft(const EngineOptions& options, const Model& model) {
  EngineOptions own = options;
  own.file = options.draft;
  own.sequences = draft_sequences;
  own.context_tokens = model.info().context_tokens;
  own.eyes.clear();
  own.adapters.clear();
  TRY_ASSIGN(auto draft, load_apart(own, {}));
  TRY(check_draft(model, *draft));
  return draft;
}

}  // namespace

std::shared_ptr<Engine> make_engine(std::unique_ptr<Model> model, const EngineOptions& options,
                                    std::unique_ptr<Model> draft) {
  return std::make_shared<EngineImpl>(std::move(model), std::move(draft), options);
}

Result<std::shared_ptr<Engine>> Engine::load(EngineOptions options, std::function<bool(float)> progress) {
  if (!options.prefix_bytes) options.prefix_bytes = usual_prefixes(usual_budget());
  TRY_ASSIGN(auto model, load_apart(options, progress));
  std::unique_ptr<Model> draft;
  if (!options.draft.empty() && options.proposals && model->info().makes == Makes::answers) {
    if (auto loaded = load_draft(options, *model)) {
      draft = std::move(*loaded);
    } else {  // it answers all the same
      log::error(
          std::format("The draft model {} is not used: {}", options.draft.filename().string(), loaded.error().message),
          {{"model", options.file.filename().string()}, {"details", loaded.error().details}});
    }
  }
  return make_engine(std::move(model), options, std::move(draft));
}

}  // namespace entente::local
