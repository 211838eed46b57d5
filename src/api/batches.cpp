#include "api/batches.hpp"

#include <algorithm>
#include <format>

#include "api/batch_work.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "net/runner.hpp"
#include "store/durable_file.hpp"

namespace entente::api {

namespace fs = std::filesystem;
using wire::BatchStatus;

namespace {

Error not_there(std::string_view id) {
  return {.code = ErrorCode::not_found,
          .message = std::format("The batch '{}' is not here.", shortened(id)),
          .reason = "batch_not_found"};
}

}  // namespace

Batches::Batches(Options options) : options_(std::move(options)) {}
Batches::~Batches() { stop(std::chrono::milliseconds(0)); }

Result<std::shared_ptr<Batches>> Batches::open(Options options) {
  TRY(store::make_private_folder(options.folder));
  std::shared_ptr<KeptFiles> files = options.files;
  std::shared_ptr<Batches> batches(new Batches(std::move(options)));
  TRY(batches->take_up_what_was_left());
  files->set_in_use([raw = batches.get()](const std::string& file) { return raw->uses(file); });
  batches->begin();
  return batches;
}

Result<> Batches::take_up_what_was_left() {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(options_.folder, failure)) {
    if (entry.path().extension() != ".json") continue;
    TRY_ASSIGN(auto text, store::read_file(entry.path()));
    auto batch = wire::decode_kept_batch(text.value_or(""));
    if (!batch) {
      log::error("A kept batch cannot be read.", {{"file", entry.path().string()}, {"why", batch.error().message}});
      continue;
    }
    auto work = std::make_unique<Work>();
    work->batch = std::move(*batch);
    std::string id = work->batch.id;
    if (!wire::is_over(work->batch.status)) log::info("A batch goes on.", {{"batch", id}});
    batches_[id] = std::move(work);
  }
  return {};
}

void Batches::begin() {
  for (std::uint32_t i = 0; i < options_.lines_at_once; ++i) {
    threads_.emplace_back([this] {
      auto work = [this]() -> boost::asio::awaitable<void> {
        while (true) {
          Turn turn = take();
          if (turn.what == Turn::What::nothing) co_return;
          if (turn.what == Turn::What::prepare) prepare(*turn.work);
          if (turn.what == Turn::What::finish) finish(*turn.work);
          if (turn.what == Turn::What::line) (void)co_await run_line(*turn.work, *turn.line);
        }
      };
      net::run_until_done(work, cut_.get_token());
    });
  }
}

std::int64_t Batches::now() const { return unix_seconds(options_.clock->now()); }

// The next thing to do, when there is one; nothing: the threads end.
Batches::Turn Batches::take() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Turn turn;
    std::map<std::string_view, std::uint32_t> running;  // by project
    std::uint32_t ready = 0;
    for (const auto& [id, work] : batches_) {
      running[work->batch.project] += work->running;
      ready += work->ready && !wire::is_over(work->batch.status) ? 1 : 0;
    }
    std::uint32_t fewest = UINT32_MAX;
    for (const auto& [id, owned] : batches_) {
      Work& work = *owned;
      if (work.taken || wire::is_over(work.batch.status)) continue;
      bool no_more = work.next == work.lines.size() || work.batch.status == BatchStatus::cancelling || is_late(work);
      if (work.ready && no_more && work.running == 0) {
        turn = {.what = Turn::What::finish, .work = &work};
        break;
      }
      bool may_be_prepared = !work.ready && std::chrono::steady_clock::now() >= work.not_before;
      if (may_be_prepared && ready < options_.lines_at_once && turn.what != Turn::What::prepare) {
        turn = {.what = Turn::What::prepare, .work = &work};
        fewest = 0;
      } else if (work.ready && !no_more && running[work.batch.project] < fewest) {
        fewest = running[work.batch.project];
        turn = {.what = Turn::What::line, .work = &work, .line = &work.lines[work.next]};
      }
    }
    if (turn.what == Turn::What::line) {
      ++turn.work->next;
      ++turn.work->running;
      ++running_;
    } else if (turn.work) {
      turn.work->taken = true;
    }
    if (turn.work) return turn;
    wake_.wait_for(lock, looks_again);
    lock.unlock();
    drop_what_is_over();
    options_.files->drop_what_is_over();
    lock.lock();
  }
  return {};
}

Result<wire::Batch> Batches::create(wire::BatchRequest request, const gateway::Asked& asked) {
  if (!options_.files->find(request.input_file, asked.principal.project)) {
    return fail({.code = ErrorCode::not_found,
                 .message = std::format("The file '{}' is not here.", shortened(request.input_file)),
                 .reason = "file_not_found",
                 .param = "input_file_id"});
  }
  Instant at = options_.clock->now();
  auto work = std::make_unique<Work>();
  work->batch = {.id = make_id("batch", at),
                 .endpoint = std::move(request.endpoint),
                 .input_file = std::move(request.input_file),
                 .window = std::move(request.window),
                 .metadata = std::move(request.metadata),
                 .output_file = make_id("file", at),
                 .error_file = make_id("file", at),
                 .created = now(),
                 .expires = now() + 24 * 3600,
                 .results_live = request.results_live,
                 .project = asked.principal.project,
                 .key = asked.principal.key,
                 .labels = asked.labels,
                 .policies = asked.policies};
  wire::Batch made = work->batch;
  TRY(keep(*work));
  {
    std::lock_guard lock(mutex_);
    batches_[made.id] = std::move(work);
  }
  wake_.notify_all();
  return made;
}

Batches::Work* Batches::find_work(std::string_view id, std::string_view project) {
  auto found = batches_.find(id);
  return found != batches_.end() && found->second->batch.project == project ? found->second.get() : nullptr;
}

Result<wire::Batch> Batches::cancel(std::string_view id, std::string_view project) {
  Work* work = nullptr;
  wire::Batch now_is;
  {
    std::lock_guard lock(mutex_);
    work = find_work(id, project);
    if (!work) return fail(not_there(id));
    BatchStatus& status = work->batch.status;
    if (wire::is_over(status)) {
      return fail({.code = ErrorCode::conflict,
                   .message = std::format("The batch is over: its status is {}.", wire::to_string(status)),
                   .reason = "batch_is_over"});
    }
    if (status == BatchStatus::validating || status == BatchStatus::in_progress) {
      status = BatchStatus::cancelling;
      work->batch.cancelling = now();
    }
    now_is = work->batch;
  }
  TRY(keep(*work));
  wake_.notify_all();
  return now_is;
}

std::optional<wire::Batch> Batches::find(std::string_view id, std::string_view project) {
  std::lock_guard lock(mutex_);
  Work* work = find_work(id, project);
  return work ? std::optional(work->batch) : std::nullopt;
}

std::vector<wire::Batch> Batches::list(std::string_view project) {
  std::lock_guard lock(mutex_);
  std::vector<wire::Batch> out;
  for (auto work = batches_.rbegin(); work != batches_.rend(); ++work) {
    if (work->second->batch.project == project) out.push_back(work->second->batch);
  }
  return out;
}

bool Batches::uses(std::string_view file) {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(batches_, [&](const auto& work) {
    return work.second->batch.input_file == file && !wire::is_over(work.second->batch.status);
  });
}

void Batches::drop_what_is_over() {
  std::lock_guard lock(mutex_);
  std::int64_t since = now() - options_.keep.count();
  std::erase_if(batches_, [&](const auto& entry) {
    const wire::Batch& batch = entry.second->batch;
    std::int64_t ended = std::max({batch.failed, batch.completed, batch.expired, batch.cancelled});
    if (!wire::is_over(batch.status) || entry.second->taken || ended > since) return false;
    std::error_code failure;
    fs::remove(place(*entry.second, "json"), failure);
    return !failure;
  });
}

void Batches::stop(std::chrono::milliseconds limit) {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    wake_.wait_for(lock, limit, [this] { return running_ == 0; });
  }
  cut_.request_stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace entente::api
