#include "wire/openai/batches.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <set>

#include "base/encoding.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_lines = 50'000;  // the reference's
constexpr std::size_t most_problems = 100;

constexpr std::array<std::string_view, 5> endpoints = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings",
                                                       "/v1/responses", "/v1/rerank"};

constexpr std::array statuses = {BatchStatus::validating, BatchStatus::failed,    BatchStatus::in_progress,
                                 BatchStatus::finalizing, BatchStatus::completed, BatchStatus::expired,
                                 BatchStatus::cancelling, BatchStatus::cancelled};

// The moments of a batch, by their names in the object.
constexpr std::pair<std::string_view, std::int64_t Batch::*> moments[] = {
    {"created_at", &Batch::created},     {"in_progress_at", &Batch::in_progress},
    {"expires_at", &Batch::expires},     {"finalizing_at", &Batch::finalizing},
    {"completed_at", &Batch::completed}, {"failed_at", &Batch::failed},
    {"expired_at", &Batch::expired},     {"cancelling_at", &Batch::cancelling},
    {"cancelled_at", &Batch::cancelled}};

std::string endpoint_names() {
  std::string out;
  for (std::string_view name : endpoints) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

void write_problems(JsonWriter& json, const std::vector<BatchProblem>& problems) {
  json.key("errors");
  if (problems.empty()) {
    json.null();
    return;
  }
  json.begin_object().key("object").string("list").key("data").begin_array();
  for (const BatchProblem& problem : problems) {
    json.begin_object().key("code").string(problem.code).key("message").string(problem.message).key("param");
    problem.param.empty() ? json.null() : json.string(problem.param);
    json.key("line");
    problem.line == 0 ? json.null() : json.number(problem.line);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_members(JsonWriter& json, const Batch& batch, bool kept) {
  auto file = [&](std::string_view name, const std::string& id, bool there) {
    json.key(name);
    there || kept ? json.string(id) : json.null();
  };
  json.key("id").string(batch.id).key("object").string("batch").key("endpoint").string(batch.endpoint);
  write_problems(json, batch.problems);
  json.key("input_file_id").string(batch.input_file).key("completion_window").string(batch.window);
  json.key("status").string(to_string(batch.status));
  file("output_file_id", batch.output_file, batch.has_output);
  file("error_file_id", batch.error_file, batch.has_errors);
  for (auto [name, moment] : moments) {
    json.key(name);
    batch.*moment == 0 ? json.null() : json.number(batch.*moment);
  }
  json.key("request_counts").begin_object().key("total").number(batch.total);
  json.key("completed").number(batch.answered).key("failed").number(batch.refused).end_object();
  json.key("usage").begin_object().key("input_tokens").number(batch.usage.prompt_tokens);
  json.key("input_tokens_details").begin_object().key("cached_tokens").number(batch.usage.cached_tokens).end_object();
  json.key("output_tokens").number(batch.usage.completion_tokens).key("output_tokens_details").begin_object();
  json.key("reasoning_tokens").number(batch.usage.reasoning_tokens).end_object();
  json.key("total_tokens").number(batch.usage.total_tokens()).end_object();
  json.key("metadata").raw(batch.metadata);
}

void read_metadata(Fields& fields, std::string& metadata) {
  const Json* object = fields.object("metadata");
  if (!object) return;
  const auto& members = *object->as<Json::Object>();
  bool texts = std::ranges::all_of(members, [](const auto& member) {
    auto* text = member.second.template as<std::string>();
    return text && text->size() <= 512 && member.first.size() <= 64;
  });
  if (!texts || members.size() > 16)
    return fields.reject("metadata",
                         "'metadata' must hold at most 16 texts of at most 512 bytes, each by a name of at most 64.");
  metadata = to_json_text(*object);
}

}  // namespace

std::string_view to_string(BatchStatus status) {
  switch (status) {
    case BatchStatus::validating: return "validating";
    case BatchStatus::failed: return "failed";
    case BatchStatus::in_progress: return "in_progress";
    case BatchStatus::finalizing: return "finalizing";
    case BatchStatus::completed: return "completed";
    case BatchStatus::expired: return "expired";
    case BatchStatus::cancelling: return "cancelling";
    case BatchStatus::cancelled: return "cancelled";
  }
  return "failed";
}

bool is_over(BatchStatus status) {
  return status == BatchStatus::failed || status == BatchStatus::completed || status == BatchStatus::expired ||
         status == BatchStatus::cancelled;
}

Result<BatchRequest> decode_batch_request(std::string_view body) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  BatchRequest request{.input_file = fields.required_text("input_file_id"),
                       .endpoint = fields.required_text("endpoint")};
  request.window = fields.required_text("completion_window");
  if (fields.ok() && !std::ranges::contains(endpoints, request.endpoint)) {
    fields.reject("endpoint", std::format("'endpoint' must be one of {}, but '{}' came.", endpoint_names(),
                                          shortened(request.endpoint)));
  }
  if (fields.ok() && request.window != "24h") fields.reject("completion_window", "'completion_window' must be 24h.");
  read_metadata(fields, request.metadata);
  fields.inside("output_expires_after", [&](Fields& inner) {
    if (inner.required_text("anchor") != "created_at" && inner.ok())
      inner.reject("anchor", std::format("'{}' must be created_at.", inner.path_of("anchor")));
    request.results_live = inner.integer("seconds", 3600, 365LL * 86'400).value_or(0);
    if (inner.ok() && request.results_live == 0) inner.missing("seconds");
  });
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return request;
}

BatchLines read_batch_lines(std::string_view file, std::string_view endpoint) {
  BatchLines out;
  std::set<std::string, std::less<>> names;
  std::int64_t number = 0;
  auto problem = [&](const Error& error) {
    out.problems.push_back({.code = error.reason.empty() ? "invalid_request" : error.reason,
                            .message = error.message,
                            .param = error.param,
                            .line = number});
  };
  auto read = [&](std::string_view line) -> Result<> {
    TRY_ASSIGN(Json document, parse_json(line));
    Fields fields(document, "");
    std::string name = fields.required_text("custom_id");
    std::string method = fields.required_text("method"), url = fields.required_text("url");
    if (fields.ok() && method != "POST") fields.reject("method", "'method' must be POST.");
    if (fields.ok() && url != endpoint) {
      fields.reject("url",
                    std::format("'url' must be the batch's endpoint, {}, but '{}' came.", endpoint, shortened(url)),
                    "mismatched_endpoint");
    }
    const Json* body = fields.object("body");
    if (!body) fields.missing("body");
    fields.nothing_else();
    if (fields.ok() && (name.empty() || name.size() > 512 || !names.insert(name).second)) {
      fields.reject("custom_id", "'custom_id' must be a text of 1 to 512 bytes that no other line has.",
                    "duplicate_custom_id");
    }
    if (!fields.ok()) return fail(fields.error());
    out.lines.push_back({.name = std::move(name), .body = to_json_text(*body)});
    return {};
  };
  while (!file.empty() && out.problems.size() < most_problems) {
    std::string_view line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(file.size(), line.size() + 1));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos) continue;
    if (out.lines.size() == most_lines) {
      out.problems.push_back({.code = "too_many_lines",
                              .message = std::format("A batch holds at most {} lines.", most_lines),
                              .param = {},
                              .line = number});
      break;
    }
    if (Result<> done = read(line); !done) problem(done.error());
  }
  if (out.lines.empty() && out.problems.empty())
    out.problems.push_back({.code = "empty_file", .message = "The file holds no line.", .param = {}});
  return out;
}

std::string batch_answer_line(std::string_view id, std::string_view name, unsigned status, std::string_view request,
                              std::string_view answer) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id).key("custom_id").string(name).key("response").begin_object();
  json.key("status_code").number(std::int64_t{status}).key("request_id").string(request).key("body").raw(answer);
  json.end_object().key("error").null().end_object();
  return out + "\n";
}

std::string batch_failure_line(std::string_view id, std::string_view name, std::string_view code,
                               std::string_view message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id).key("custom_id").string(name).key("response").null();
  json.key("error").begin_object().key("code").string(code).key("message").string(message).end_object().end_object();
  return out + "\n";
}

BatchResult read_result(std::string_view line) {
  auto document = parse_json(line);
  const std::string* name = document ? document->text("custom_id") : nullptr;
  if (!name) return {};
  BatchResult result{.name = *name};
  const Json* response = document->find("response");
  const Json* body = response ? response->find("body") : nullptr;
  const Json* usage = body ? body->find("usage") : nullptr;
  if (!usage) return result;
  // Each endpoint has its own names.
  auto number = [](const Json* in, std::initializer_list<std::string_view> names) -> std::int64_t {
    for (std::string_view each : names) {
      if (const std::int64_t* value = in ? in->integer(each) : nullptr) return *value;
    }
    return 0;
  };
  auto details = [&](std::string_view one, std::string_view other) {
    const Json* found = usage->find(one);
    return found ? found : usage->find(other);
  };
  result.usage = {
      .prompt_tokens = number(usage, {"prompt_tokens", "input_tokens"}),
      .cached_tokens = number(details("prompt_tokens_details", "input_tokens_details"), {"cached_tokens"}),
      .completion_tokens = number(usage, {"completion_tokens", "output_tokens"}),
      .reasoning_tokens = number(details("completion_tokens_details", "output_tokens_details"), {"reasoning_tokens"})};
  return result;
}

std::string encode_batch(const Batch& batch) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_members(json, batch, false);
  json.end_object();
  return out;
}

std::string encode_batch_list(const std::vector<Batch>& batches, bool more) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("object").string("list").key("data").begin_array();
  for (const Batch& batch : batches) json.raw(encode_batch(batch));
  json.end_array().key("first_id");
  batches.empty() ? json.null() : json.string(batches.front().id);
  json.key("last_id");
  batches.empty() ? json.null() : json.string(batches.back().id);
  json.key("has_more").boolean(more).end_object();
  return out;
}

std::string encode_kept_batch(const Batch& batch) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_members(json, batch, true);
  json.key("results_live").number(batch.results_live);
  json.key("has_output").boolean(batch.has_output).key("has_errors").boolean(batch.has_errors);
  json.key("project").string(batch.project).key("key").string(batch.key);
  for (auto [name, list] : {std::pair{"labels", &batch.labels}, std::pair{"policies", &batch.policies}}) {
    json.key(name).begin_array();
    for (const std::string& word : *list) json.string(word);
    json.end_array();
  }
  json.end_object();
  return out;
}

Result<Batch> decode_kept_batch(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields fields(document, "");
  auto count = [](Fields& in, std::string_view name) { return in.integer(name, 0, INT64_MAX).value_or(0); };
  Batch batch{.id = fields.required_text("id"),
              .endpoint = fields.required_text("endpoint"),
              .input_file = fields.required_text("input_file_id"),
              .window = fields.required_text("completion_window"),
              .metadata = "null"};
  if (const Json* metadata = fields.object("metadata")) batch.metadata = to_json_text(*metadata);
  batch.output_file = fields.required_text("output_file_id");
  batch.error_file = fields.required_text("error_file_id");
  batch.results_live = count(fields, "results_live");
  batch.has_output = fields.boolean("has_output").value_or(false);
  batch.has_errors = fields.boolean("has_errors").value_or(false);
  std::string status = fields.required_text("status");
  for (BatchStatus each : statuses) {
    if (to_string(each) == status) batch.status = each;
  }
  for (auto [name, moment] : moments) batch.*moment = count(fields, name);
  fields.inside("request_counts", [&](Fields& inner) {
    batch.total = count(inner, "total");
    batch.answered = count(inner, "completed");
    batch.refused = count(inner, "failed");
  });
  fields.inside("errors", [&](Fields& inner) {
    inner.text("object");
    inner.each("data", [&](Fields& problem) {
      batch.problems.push_back({.code = problem.text("code").value_or(""),
                                .message = problem.text("message").value_or(""),
                                .param = problem.text("param").value_or(""),
                                .line = count(problem, "line")});
    });
  });
  fields.inside("usage", [&](Fields& inner) {
    batch.usage.prompt_tokens = count(inner, "input_tokens");
    batch.usage.completion_tokens = count(inner, "output_tokens");
    inner.any("total_tokens");
    inner.inside("input_tokens_details",
                 [&](Fields& more) { batch.usage.cached_tokens = count(more, "cached_tokens"); });
    inner.inside("output_tokens_details",
                 [&](Fields& more) { batch.usage.reasoning_tokens = count(more, "reasoning_tokens"); });
  });
  batch.project = fields.required_text("project");
  batch.key = fields.required_text("key");
  for (auto [name, list] : {std::pair{"labels", &batch.labels}, std::pair{"policies", &batch.policies}}) {
    const Json::Array* words = fields.array(name);
    if (!words) continue;
    for (const Json& word : *words) {
      if (auto* text = word.as<std::string>()) list->push_back(*text);
    }
  }
  if (!fields.ok()) return fail(fields.error());
  return batch;
}

}  // namespace entente::wire
