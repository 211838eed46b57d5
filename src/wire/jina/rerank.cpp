#include "wire/jina/rerank.hpp"

#include <algorithm>
#include <format>
#include <limits>

#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_documents = 2048;

// No effect here: how long a document may be is the model's own business, and it loses its end where it is longer.
constexpr std::string_view without_effect[] = {"truncation", "max_tokens_per_doc", "max_chunks_per_doc", "priority"};

std::string read_document(Fields& fields, const Json& document, std::string path) {
  if (auto* text = document.as<std::string>()) return *text;
  if (!document.as<Json::Object>()) {
    fields.reject("documents",
                  std::format("'{}' must be a string or an object with 'text', but {} came.", path, document.kind()),
                  "invalid_type");
    return {};
  }
  Fields inner(document, std::move(path));
  std::string text = inner.required_text("text");
  inner.nothing_else();
  if (!inner.ok()) fields.reject(inner.error());
  return text;
}

void read_documents(Fields& fields, std::vector<std::string>& documents) {
  const Json::Array* list = fields.array("documents");
  if (!list) return fields.missing("documents");
  if (list->empty() || list->size() > most_documents) {
    return fields.reject("documents", std::format("'documents' must hold 1 to {} documents.", most_documents),
                         list->empty() ? "empty_array" : "invalid_value");
  }
  for (std::size_t i = 0; i < list->size() && fields.ok(); ++i) {
    std::string path = std::format("documents[{}]", i);
    documents.push_back(read_document(fields, (*list)[i], path));
    if (fields.ok() && documents.back().empty())
      fields.reject("documents", std::format("'{}' is an empty text.", path));
  }
}

}  // namespace

Result<RerankRequest> decode_rerank_request(std::string_view body) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  RerankRequest request;
  request.work.model = read_model_name(fields);
  request.work.query = fields.required_text("query");
  if (fields.ok() && request.work.query.empty()) fields.reject("query", "'query' is an empty text.");
  read_documents(fields, request.work.documents);
  if (auto best = fields.integer("top_n", 1, std::numeric_limits<std::int32_t>::max()))
    request.best = static_cast<std::size_t>(*best);
  request.documents = fields.boolean("return_documents").value_or(false);
  request.work.end_user = read_openai_end_user(fields);
  fields.accept(without_effect);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return request;
}

Reranked::Reranked(std::string id, const RerankRequest& request)
    : id_(std::move(id)),
      model_(request.work.model),
      best_(request.best.value_or(request.work.documents.size())),
      shown_(request.documents ? request.work.documents : std::vector<std::string>{}) {}

void Reranked::add(const Event& event) {
  if (auto* score = std::get_if<Score>(&event)) scores_.push_back(*score);
  if (auto* usage = std::get_if<Usage>(&event)) usage_ = *usage;
}

std::string Reranked::body() const {
  std::vector<Score> order = scores_;
  std::ranges::sort(
      order, [](const Score& a, const Score& b) { return a.value != b.value ? a.value > b.value : a.index < b.index; });
  if (order.size() > best_) order.resize(best_);
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id_).key("object").string("list").key("model").string(model_);
  json.key("results").begin_array();
  for (const Score& score : order) {
    json.begin_object().key("index").number(static_cast<std::int64_t>(score.index));
    json.key("relevance_score").number(score.value);
    if (!shown_.empty()) json.key("document").begin_object().key("text").string(shown_.at(score.index)).end_object();
    json.end_object();
  }
  json.end_array().key("usage").begin_object().key("prompt_tokens").number(usage_.prompt_tokens);
  json.key("total_tokens").number(usage_.prompt_tokens).end_object().end_object();
  return out;
}

}  // namespace entente::wire
