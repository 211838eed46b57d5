// Api: the handler behind net::Server: finds the route, checks who asks, runs it, and turns any Error into an answer.
//
// handle() runs on the connection's thread, many at once. It never fails with something the client has not been told:
// before the first byte an error is an answer of its own, after it an explicit error event and the end of the stream.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.hpp"
#include "api/kept_responses.hpp"
#include "api/pulling.hpp"
#include "audit/log/log.hpp"
#include "audit/log/witness.hpp"
#include "audit/receipts/held_entry.hpp"
#include "audit/receipts/stream_head.hpp"
#include "base/clock.hpp"
#include "gateway/run.hpp"
#include "net/http.hpp"
#include "store/store.hpp"

namespace entente {
class Worker;
}

namespace entente::api {

class Batches;
class KeptFiles;

// Who may read the entries of the transparency log; everybody may read its checkpoint.
enum class LogReaders { nobody, keys, everybody };

// What the routes stand on, and how they tell the world what happened.
struct Services {
  std::shared_ptr<gateway::Gateway> gateway;
  std::shared_ptr<store::Store> store;
  std::shared_ptr<KeptResponses> kept_responses;
  std::shared_ptr<KeptFiles> files;  // null: none are kept, and there are no batches
  std::shared_ptr<Batches> batches;
  std::shared_ptr<Worker> worker;  // for what blocks
  const Clock* clock = nullptr;
  std::function<std::shared_ptr<const AccessRules>()> access;  // may change at reload
  std::function<std::string()> not_ready;                      // why not, empty when ready
  std::function<std::string()> metrics;                        // the Prometheus page
  std::function<std::string()> engines;                        // the loaded models and who uses them, as JSON
  std::function<std::string()> deployments;                    // where work can be sent, and its health, as JSON
  std::function<Result<std::string>(const Envelope&, const Principal&)> route;  // who would be asked, as JSON

  // What quotas allow, and what of it is used, as JSON: those that are for somebody; null: all.
  std::function<std::string(const Principal* who)> quotas;

  std::function<std::string()> guard;  // the model that judges texts; empty: none was chosen

  // Whoever stands for requests of this machine that carry no key; none: they need one.
  std::function<std::optional<Principal>(const net::Request&)> unkeyed;
  std::function<bool(const Principal&)> may_keep_models;
  // Begins to bring a model here; how far it is stands in `pulling`.
  std::function<Result<>(const std::string& what, std::shared_ptr<Pulling> pulling)> pull;
  // Takes a model of this machine away: answers that it gives now come to their end, then its memory is free. Errors:
  // not_found; conflict, when the configuration names it. Blocking.
  std::function<Result<>(const std::string& name)> remove_model;
  std::function<std::vector<ModelFile>()> model_files;  // installed here. Blocking
  // The same with all that the file says; none: there is no such model here. Blocking.
  std::function<std::optional<ModelFile>(const std::string& name)> model_file;

  std::function<LogReaders()> log_readers;
  // A published file of the transparency log: "checkpoint", "tile/0/000"; none: there is no such file.
  std::function<Result<std::optional<std::string>>(const std::string& path)> log_file;
  std::function<audit::Retention()> log_retention;

  // This server as a witness of other logs; nothing: it witnesses none. The first two block.
  std::function<Result<std::optional<audit::WitnessAnswer>>(std::string_view request)> cosign;
  std::function<Result<std::optional<std::string>>(const std::string& origin_hash)> cosigned;
  std::function<std::optional<std::string>()> witness_keys;

  // A signature by the log's key under a head of a stream; nothing: streams carry none.
  std::function<std::optional<std::string>(const audit::StreamHead& head)> sign_head;

  // The receipt of a request, from what was done for it.
  std::function<Result<std::string>(const std::string& request, const std::vector<store::SealedAttempt>&)> receipt;

  // The same of the head of a day and of an erasure; none: the log does not have it yet.
  std::function<Result<std::optional<std::string>>(audit::HeldKind kind, const store::SealedEntry&)> held;

  struct Answered {
    std::string_view route, method, traceparent, incoming_traceparent;
    unsigned status;
    std::chrono::nanoseconds took;
    Instant began;
  };
  std::function<void(const Answered&)> answered;
  // A traceparent for this request's own span, as a child of what the client sent (possibly nothing).
  std::function<std::string(std::string_view incoming)> begin_trace;
};

class Api {
 public:
  explicit Api(Services services) : services_(std::move(services)) {}

  Task<> handle(net::Exchange& exchange);

  // A failure of HTTP itself, in the API's shape: for net::Server.
  static net::Response refusal(const Error& error);

 private:
  Services services_;
};

}  // namespace entente::api
