#include "telemetry/exporter.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <format>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "net/client.hpp"
#include "net/runner.hpp"

namespace entente::telemetry {

namespace {

constexpr int most_doublings = 5;

std::string traces_url(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint.ends_with("/v1/traces") ? endpoint : endpoint + "/v1/traces";
}

// As the OTLP specification sorts them.
bool worth_sending_again(unsigned status) { return status == 429 || status == 502 || status == 503 || status == 504; }

Task<unsigned> post(net::FetchRequest request) {
  // The operator named this collector, so it may well be on this machine or in this network.
  CO_TRY_ASSIGN(auto fetched, co_await net::fetch(std::move(request), {.allow_private = true,
                                                                       .connect_time = std::chrono::seconds(5),
                                                                       .idle_time = std::chrono::seconds(10),
                                                                       .most_bytes = 1024 * 1024,
                                                                       .redirects = 0}));
  co_return fetched->status();
}

class ExporterImpl final : public Exporter {
 public:
  ExporterImpl(ExporterOptions options, Counted counted)
      : options_(std::move(options)),
        url_(traces_url(options_.endpoint)),
        counted_(std::move(counted)),
        thread_([this] { run(); }) {}

  ~ExporterImpl() override {
    {
      std::unique_lock lock(mutex_);
      ending_ = true;
      wake_.notify_all();
      ended_.wait_for(lock, options_.flush, [this] { return done_; });
    }
    give_up_.request_stop();
    thread_.join();
  }

  void add(Span span) override {
    {
      std::lock_guard lock(mutex_);
      if (waiting_.size() < options_.most_waiting && !ending_) {
        waiting_.push_back(std::move(span));
        if (waiting_.size() == 1 || waiting_.size() >= options_.batch) wake_.notify_all();
        return;
      }
    }
    counted_(false, 1);
  }

 private:
  enum class Delivery { done, again, never };

  void run() {
    std::vector<Span> batch;
    int failures = 0;
    while (next(batch, failures)) {
      switch (deliver(batch)) {
        case Delivery::done:
          counted_(true, batch.size());
          batch.clear();
          failures = 0;
          break;
        case Delivery::never:
          counted_(false, batch.size());
          batch.clear();
          break;
        case Delivery::again: ++failures; break;
      }
    }
    if (!batch.empty()) counted_(false, batch.size());
    std::lock_guard lock(mutex_);
    if (!waiting_.empty()) counted_(false, waiting_.size());
    done_ = true;
    ended_.notify_all();
  }

  // Waits until there is something to send: new spans that had time to gather, or the old batch after a pause. False
  // when all is sent and the end has come, or there is no time left to try again.
  bool next(std::vector<Span>& batch, int failures) {
    std::unique_lock lock(mutex_);
    if (!batch.empty()) {
      auto pause = options_.retry * (1 << std::min(failures - 1, most_doublings));
      wake_.wait_for(lock, pause, [this] { return ending_; });
      return !ending_;
    }
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    wake_.wait_for(lock, options_.gather, [this] { return ending_ || waiting_.size() >= options_.batch; });
    if (waiting_.empty() || give_up_.stop_requested()) return false;
    auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.batch));
    batch.assign(std::move_iterator(waiting_.begin()), std::move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    return true;
  }

  Delivery deliver(std::span<const Span> batch) {
    net::FetchRequest request{.method = "POST",
                              .url = url_,
                              .headers = {{"content-type", "application/json"}},
                              .body = encode_traces(options_.resource, batch)};
    if (!options_.authorization.empty()) request.headers.add("authorization", options_.authorization);
    Result<unsigned> status = net::run_blocking(post(std::move(request)), give_up_.get_token());
    bool delivered = status && *status >= 200 && *status < 300;
    say_if_changed(delivered,
                   status ? std::format("The collector answered with status {}.", *status) : status.error().message);
    if (delivered) return Delivery::done;
    return !status || worth_sending_again(*status) ? Delivery::again : Delivery::never;
  }

  void say_if_changed(bool delivered, const std::string& why) {
    if (std::exchange(delivering_, delivered) == delivered || give_up_.stop_requested()) return;
    if (delivered) {
      log::info("Traces reach the collector again.", {{"collector", url_}});
    } else {
      log::warning("Traces do not reach the collector; work goes on without.", {{"collector", url_}, {"error", why}});
    }
  }

  const ExporterOptions options_;
  const std::string url_;
  const Counted counted_;
  std::mutex mutex_;
  std::condition_variable wake_, ended_;
  std::deque<Span> waiting_;  // guarded by mutex_, as are the next two
  bool ending_ = false;
  bool done_ = false;
  std::stop_source give_up_;
  bool delivering_ = true;  // the thread's own
  std::thread thread_;      // last: begins when all else is there
};

}  // namespace

Result<std::unique_ptr<Exporter>> Exporter::start(ExporterOptions options, Counted counted) {
  if (auto url = net::parse_url(traces_url(options.endpoint)); !url) return fail(url.error());
  return std::make_unique<ExporterImpl>(std::move(options), std::move(counted));
}

}  // namespace entente::telemetry
