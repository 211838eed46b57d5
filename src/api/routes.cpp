#include "api/routes.hpp"

#include "api/page.hpp"

namespace entente::api {

namespace {

constexpr Route table[] = {
    {"GET", "/v1/models", Door::key, list_models},
    {"GET", "/v1/models/", Door::key, show_model},
    {"POST", "/v1/chat/completions", Door::key, complete_chat},
    {"POST", "/v1/completions", Door::key, complete_text},
    {"POST", "/v1/embeddings", Door::key, embed_texts},
    {"POST", "/v1/rerank", Door::key, rerank_documents},
    {"POST", "/v2/rerank", Door::key, rerank_documents},
    {"POST", "/rerank", Door::key, rerank_documents},
    {"POST", "/v1/tokenize", Door::key, tokenize},
    {"POST", "/v1/detokenize", Door::key, detokenize},
    {"POST", "/tokenize", Door::key, tokenize},
    {"POST", "/detokenize", Door::key, detokenize},
    {"GET", "/tokenizer_info", Door::key, show_tokenizer},
    {"POST", "/api/chat", Door::key, ollama_chat},
    {"POST", "/api/generate", Door::key, ollama_generate},
    {"POST", "/api/embed", Door::key, ollama_embed},
    {"POST", "/api/embeddings", Door::key, ollama_embeddings},
    {"GET", "/api/tags", Door::key, ollama_tags},
    {"POST", "/api/show", Door::key, ollama_show},
    {"POST", "/api/pull", Door::key, ollama_pull},
    {"DELETE", "/api/delete", Door::key, ollama_delete},
    {"GET", "/api/ps", Door::key, ollama_ps},
    {"GET", "/api/version", Door::open, ollama_version},
    {"POST", "/v1/responses", Door::key, create_response},
    {"GET", "/v1/responses/", Door::key, show_response},
    {"POST", "/v1/responses/", Door::key, act_on_response},
    {"DELETE", "/v1/responses/", Door::key, delete_response},
    {"POST", "/v1/moderations", Door::key, judge_texts},
    {"POST", "/v1/images/generations", Door::key, make_images},
    {"POST", "/v1/images/edits", Door::key, change_images},
    {"POST", "/v1/images/variations", Door::key, vary_images},
    {"POST", "/v1/audio/speech", Door::key, speak},
    {"POST", "/v1/audio/transcriptions", Door::key, transcribe},
    {"POST", "/v1/audio/translations", Door::key, translate_speech},
    {"POST", "/v1/files", Door::key, upload_file},
    {"GET", "/v1/files", Door::key, list_files},
    {"GET", "/v1/files/", Door::key, show_file},
    {"DELETE", "/v1/files/", Door::key, delete_file},
    {"POST", "/v1/batches", Door::key, create_batch},
    {"GET", "/v1/batches", Door::key, list_batches},
    {"GET", "/v1/batches/", Door::key, show_batch},
    {"POST", "/v1/batches/", Door::key, act_on_batch},
    {"POST", "/v1/messages", Door::key, create_message},
    {"POST", "/v1/messages/count_tokens", Door::key, count_message_tokens},

    {"GET", "/v1/receipts/", Door::key, show_receipt},
    {"GET", "/v1/heads/", Door::key, show_day_head},
    {"GET", "/v1/erasures/", Door::key, show_erasure},
    {"GET", "/v1/quotas", Door::key, show_own_quotas},

    {"GET", "/session", Door::key, show_session},
    {"POST", "/session", Door::open, open_session},
    {"DELETE", "/session", Door::key, close_session},

    {"GET", "/log/checkpoint", Door::open, show_log_checkpoint},
    {"GET", "/log/public-key", Door::open, show_log_key},
    {"GET", "/log/public-key-ml-dsa-44", Door::open, show_log_mldsa_key},
    {"GET", "/log/retention", Door::open, show_log_retention},
    {"GET", "/log/tile/", Door::log, show_log_tile},
    {"POST", "/witness/add-checkpoint", Door::open, add_checkpoint},
    {"GET", "/witness/", Door::open, show_cosigned},

    {"GET", "/health/live", Door::open, say_live},
    {"GET", "/health/ready", Door::open, say_ready},
    {"GET", "/metrics", Door::operator_, show_metrics},
    {"GET", "/engines", Door::operator_, show_engines},
    {"GET", "/deployments", Door::operator_, show_deployments},
    {"GET", "/quotas", Door::operator_, show_quotas},
    {"GET", "/route", Door::operator_, explain_route},
    {"POST", "/deployments/test/", Door::operator_, test_deployment},
    {"GET", "/openapi.json", Door::open, show_openapi},

    {"GET", "/", Door::open, show_page},  // last: the page's files are whatever nobody else answers for
};

bool fits(std::string_view method, std::string_view wanted) {
  return method == wanted || (method == "HEAD" && wanted == "GET");
}

}  // namespace

std::span<const Route> routes() { return table; }

Match match(std::string_view method, std::string_view path) {
  Match found;
  for (const Route& route : table) {
    bool is_prefix = route.path.ends_with('/');
    if (is_prefix ? !path.starts_with(route.path) : path != route.path) continue;
    // A path of the API is not a file of the page; and where there is no file, another method would find none either.
    if (route.path == "/" && !found.allow.empty()) break;
    if (route.path == "/" && !fits(method, "GET") && !find_page_file(page_files(), path.substr(1))) break;
    if (!found.route && fits(method, route.method)) {
      found.route = &route;
      found.rest = is_prefix ? path.substr(route.path.size()) : std::string_view();
    }
    found.allow += (found.allow.empty() ? "" : ", ") + std::string(route.method);
  }
  return found;
}

}  // namespace entente::api
