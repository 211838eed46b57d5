#include "app/records/witnesses.hpp"

#include <algorithm>
#include <condition_variable>
#include <format>
#include <set>
#include <stop_token>
#include <thread>
#include <utility>

#include "audit/checkpoints/add_checkpoint.hpp"
#include "audit/forms/lines.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "net/client.hpp"
#include "net/runner.hpp"

namespace entente::app {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds grace = 250ms;  // for more cosignatures than are needed
constexpr std::chrono::milliseconds shortest_rest = 500ms, longest_rest = 10s;
constexpr std::uint64_t longest_answer = 256 * 1024;  // signatures of ML-DSA-44 are 3.3 kB

struct Reply {
  unsigned status = 0;
  std::string body;
};

Task<Reply> post(std::string url, std::string body) {
  net::FetchRequest request{.method = "POST",
                            .url = std::move(url),
                            .headers = {{"content-type", "text/plain; charset=utf-8"}},
                            .body = std::move(body)};
  net::FetchOptions options{.allow_private = true,  // the address is the operator's own word
                            .connect_time = 3s,
                            .idle_time = 5s,
                            .most_bytes = longest_answer,
                            .redirects = 0};
  CO_TRY_ASSIGN(auto fetched, co_await net::fetch(std::move(request), options));
  CO_TRY_ASSIGN(std::string text, co_await net::read_all(*fetched));
  co_return Reply{.status = fetched->status(), .body = std::move(text)};
}

// The first line of what somebody else wrote, for a message of ours.
std::string first_line(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  bool plain = find_invalid_utf8(line) == std::string_view::npos &&
               std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return plain ? std::string(shortened(line, 200)) : std::string();
}

std::string refusal(const Reply& reply) {
  std::string why = first_line(reply.body);
  std::string_view means = reply.status == 404   ? "it does not witness this log, or its URL is another"
                           : reply.status == 403 ? "it knows another key of this log"
                           : reply.status == 422 ? "the log does not continue what it cosigned"
                                                 : "it cannot cosign now";
  return std::format("{} (status {}{}{})", means, reply.status, why.empty() ? "" : ": ", why);
}

std::string add_checkpoint_url(std::string prefix) {
  while (prefix.ends_with('/')) prefix.pop_back();
  return prefix + "/add-checkpoint";
}

}  // namespace

std::chrono::milliseconds rest_after(unsigned failures) {
  return std::min(shortest_rest * (1U << std::min(failures == 0 ? 0U : failures - 1, 16U)), longest_rest);
}

struct Witnesses::Asking {
  const audit::Checkpoint& offered;
  const std::string& note;
  const audit::ReadSubtree& read;
  std::stop_source stop = {};
  std::condition_variable changed = {};
  std::size_t running = 0;  // guarded by the Witnesses' mutex
};

Witnesses::Witnesses(audit::TlogPolicy policy, std::set<std::string> own)
    : policy_(std::move(policy)), own_(std::move(own)) {
  for (const auto& witness : policy_.witnesses()) standings_[witness.name].cosigning = own_.contains(witness.name);
}

Result<std::shared_ptr<Witnesses>> Witnesses::create(audit::TlogPolicy policy, const audit::NoteVerifier& log,
                                                     const audit::CosignatureVerifier& own) {
  if (!audit::accepts_log(policy, log)) {
    return fail(ErrorCode::invalid_request,
                std::format("The policy lists logs, but not this one: add the line 'log {}'.", log.text()));
  }
  std::set<std::string> ourselves, reachable;
  for (const auto& witness : policy.witnesses()) {
    if (witness.key.text() == own.text()) ourselves.insert(witness.name);
    if (witness.url.empty()) continue;
    auto url = net::parse_url(witness.url);
    if (!url) {
      return fail(ErrorCode::invalid_request, std::format("The URL of the witness {} cannot be one: {}",
                                                          audit::shown_name(witness.name), url.error().message));
    }
    reachable.insert(witness.name);
  }
  reachable.insert_range(ourselves);
  if (!policy.met_by(reachable)) {
    return fail(
        ErrorCode::invalid_request,
        std::format("The quorum ({}) needs witnesses that have no URL to be asked at: write it behind their keys.",
                    policy.quorum_in_words()));
  }
  return std::shared_ptr<Witnesses>(new Witnesses(std::move(policy), std::move(ourselves)));
}

Witnesses::Answer Witnesses::ask_one(const audit::TlogPolicy::Witness& witness, const Asking& round,
                                     std::uint64_t known) {
  Answer answer{.cosignature = {}, .problem = {}, .known = known};
  auto problem = [&](std::string words) {
    answer.problem = std::move(words);
    return answer;
  };
  const audit::Tree& tree = round.offered.tree;
  // Twice: it may know another size than we think, and says so.
  for (bool again : {false, true}) {
    auto proof = audit::prove_consistency(answer.known, tree.size, round.read);
    if (!proof) return problem(std::format("the proof for it cannot be made: {}", proof.error().message));
    auto reply =
        net::run_blocking(post(add_checkpoint_url(witness.url),
                               audit::add_checkpoint_text(
                                   {.old_size = answer.known, .proof = *std::move(proof), .checkpoint = round.note})),
                          round.stop.get_token());
    if (!reply && reply.error().code == ErrorCode::cancelled) return problem("it did not answer in time");
    if (!reply) return problem(std::format("it cannot be reached: {}", reply.error().message));
    if (reply->status == 200) {
      auto parts = audit::split_note(round.note + reply->body);
      if (!parts) return problem("what it answered is no cosignature");
      for (const audit::NoteSignature& signature : parts->signatures) {
        auto at = witness.key.time_of(signature, parts->text);
        if (!at) return problem(at.error().message);
        if (!*at) continue;
        answer.cosignature = signature.line;
        answer.known = tree.size;
        return answer;
      }
      return problem("it cosigned with another key than the policy's");
    }
    std::string_view body = reply->body;
    auto line = reply->status == 409 ? audit::take_line(body) : std::nullopt;
    auto size = line ? audit::parse_number(*line) : std::nullopt;
    if (!size) return problem(refusal(*reply));
    if (*size > tree.size) {
      return problem(
          std::format("IT HAS COSIGNED {} ENTRIES OF THIS LOG, which has {} now: an older copy of the store runs, or "
                      "somebody else signs with this log's key",
                      *size, tree.size));
    }
    answer.known = *size;
    if (again) return problem("it says another size each time: somebody else offers it checkpoints of this log");
  }
  std::unreachable();
}

void Witnesses::take(const std::string& name, Answer answer) {
  Standing& standing = standings_[name];
  standing.known = answer.known;
  bool cosigned = !answer.cosignature.empty();
  if (cosigned) {
    if (standing.failures > 0) log::info("A witness cosigns again.", {{"witness", audit::shown_name(name)}});
    standing = {.known = answer.known, .failures = 0, .rests_until = {}, .problem = {}, .cosigning = true};
    gathered_[name] = std::move(answer.cosignature);
    return;
  }
  if (answer.problem != standing.problem) {
    log::warning("A witness does not cosign the log's checkpoint.",
                 {{"witness", audit::shown_name(name)}, {"why", answer.problem}});
  }
  standing.problem = std::move(answer.problem);
  standing.cosigning = false;
  standing.rests_until = Clock::now() + rest_after(++standing.failures);
}

Witnesses::Round Witnesses::ask(const audit::Checkpoint& offered, const std::string& note,
                                const audit::ReadSubtree& read, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  if (note != note_) gathered_.clear();
  note_ = note;
  auto enough = [&] {
    std::set<std::string> names = own_;
    for (const auto& [name, line] : gathered_) names.insert(name);
    return policy_.met_by(names);
  };
  Asking round{.offered = offered, .note = note, .read = read};
  std::vector<std::jthread> threads;
  for (const auto& witness : policy_.witnesses()) {
    const Standing& standing = standings_[witness.name];
    if (witness.url.empty() || own_.contains(witness.name) || gathered_.contains(witness.name) ||
        standing.rests_until > Clock::now())
      continue;
    ++round.running;
    threads.emplace_back([this, &witness, &round, known = std::min(standing.known, offered.tree.size)] {
      Answer answer = ask_one(witness, round, known);
      std::lock_guard taking(mutex_);
      take(witness.name, std::move(answer));
      --round.running;
      round.changed.notify_one();
    });
  }
  auto until = Clock::now() + limit;
  for (bool waits_longer = true; round.running > 0;) {
    if (waits_longer && enough()) {
      waits_longer = false;
      until = std::min(until, Clock::now() + grace);
    }
    if (round.changed.wait_until(lock, until) == std::cv_status::timeout && Clock::now() >= until) break;
  }
  lock.unlock();
  round.stop.request_stop();
  threads.clear();  // joined
  lock.lock();
  Round result{.met = enough(), .cosignatures = {}};
  for (const auto& witness : policy_.witnesses()) {
    if (auto line = gathered_.find(witness.name); line != gathered_.end()) result.cosignatures += line->second;
  }
  return result;
}

std::vector<WitnessNow> Witnesses::now() const {
  std::lock_guard lock(mutex_);
  std::vector<WitnessNow> all;
  for (const auto& witness : policy_.witnesses()) {
    const Standing& standing = standings_.at(witness.name);
    all.push_back({.name = audit::shown_name(witness.name),
                   .cosigning = standing.cosigning,
                   .problem = standing.problem,
                   .known = standing.known});
  }
  return all;
}

}  // namespace entente::app
