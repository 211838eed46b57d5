// The table of routes: method, path, who may call it, and the function that answers.
#pragma once

#include <span>
#include <string_view>

#include "api/api.hpp"
#include "api/context.hpp"

namespace entente::api {

enum class Door {
  open,       // anybody
  operator_,  // somebody on this machine, or with a key: metrics
  key,        // a key or a signed-in page
  log,        // who may read the transparency log's entries
};

using Answer = Task<> (*)(Context& context, const Services& services, std::string_view rest);

struct Route {
  std::string_view method;  // GET answers HEAD too
  std::string_view path;    // one that ends in '/' takes the rest of the path as an argument
  Door door;
  Answer answer;
};

std::span<const Route> routes();

// How a path was matched: `route` is null when nothing answers there; `allow` lists the methods that would.
struct Match {
  const Route* route = nullptr;
  std::string_view rest;
  std::string allow;
};
Match match(std::string_view method, std::string_view path);

// The answers, each in the file of its subject.
Task<> list_models(Context&, const Services&, std::string_view);
Task<> show_model(Context&, const Services&, std::string_view id);
Task<> complete_chat(Context&, const Services&, std::string_view);
Task<> complete_text(Context&, const Services&, std::string_view);
Task<> embed_texts(Context&, const Services&, std::string_view);
Task<> rerank_documents(Context&, const Services&, std::string_view);
Task<> tokenize(Context&, const Services&, std::string_view);
Task<> detokenize(Context&, const Services&, std::string_view);
Task<> show_tokenizer(Context&, const Services&, std::string_view);
Task<> ollama_chat(Context&, const Services&, std::string_view);
Task<> ollama_generate(Context&, const Services&, std::string_view);
Task<> ollama_embed(Context&, const Services&, std::string_view);
Task<> ollama_embeddings(Context&, const Services&, std::string_view);
Task<> ollama_tags(Context&, const Services&, std::string_view);
Task<> ollama_show(Context&, const Services&, std::string_view);
Task<> ollama_pull(Context&, const Services&, std::string_view);
Task<> ollama_delete(Context&, const Services&, std::string_view);
Task<> ollama_ps(Context&, const Services&, std::string_view);
Task<> ollama_version(Context&, const Services&, std::string_view);
Task<> create_response(Context&, const Services&, std::string_view);
Task<> show_response(Context&, const Services&, std::string_view id);
Task<> act_on_response(Context&, const Services&, std::string_view id);
Task<> delete_response(Context&, const Services&, std::string_view id);
Task<> judge_texts(Context&, const Services&, std::string_view);
Task<> make_images(Context&, const Services&, std::string_view);
Task<> change_images(Context&, const Services&, std::string_view);
Task<> vary_images(Context&, const Services&, std::string_view);
Task<> speak(Context&, const Services&, std::string_view);
Task<> transcribe(Context&, const Services&, std::string_view);
Task<> translate_speech(Context&, const Services&, std::string_view);
Task<> upload_file(Context&, const Services&, std::string_view);
Task<> list_files(Context&, const Services&, std::string_view);
Task<> show_file(Context&, const Services&, std::string_view id);
Task<> delete_file(Context&, const Services&, std::string_view id);
Task<> create_batch(Context&, const Services&, std::string_view);
Task<> list_batches(Context&, const Services&, std::string_view);
Task<> show_batch(Context&, const Services&, std::string_view id);
Task<> act_on_batch(Context&, const Services&, std::string_view id);
Task<> create_message(Context&, const Services&, std::string_view);
Task<> count_message_tokens(Context&, const Services&, std::string_view);
Task<> show_session(Context&, const Services&, std::string_view);
Task<> open_session(Context&, const Services&, std::string_view);
Task<> close_session(Context&, const Services&, std::string_view);
Task<> say_live(Context&, const Services&, std::string_view);
Task<> say_ready(Context&, const Services&, std::string_view);
Task<> show_metrics(Context&, const Services&, std::string_view);
Task<> show_day_head(Context&, const Services&, std::string_view day);
Task<> show_erasure(Context&, const Services&, std::string_view index);
Task<> show_engines(Context&, const Services&, std::string_view);
Task<> show_quotas(Context&, const Services&, std::string_view);
Task<> show_own_quotas(Context&, const Services&, std::string_view);
Task<> show_deployments(Context&, const Services&, std::string_view);
Task<> explain_route(Context&, const Services&, std::string_view);
Task<> test_deployment(Context&, const Services&, std::string_view name);
Task<> show_receipt(Context&, const Services&, std::string_view request);
Task<> show_log_checkpoint(Context&, const Services&, std::string_view);
Task<> show_log_key(Context&, const Services&, std::string_view);
Task<> show_log_mldsa_key(Context&, const Services&, std::string_view);
Task<> show_log_retention(Context&, const Services&, std::string_view);
Task<> show_log_tile(Context&, const Services&, std::string_view path);
Task<> add_checkpoint(Context&, const Services&, std::string_view);
Task<> show_cosigned(Context&, const Services&, std::string_view rest);
Task<> show_openapi(Context&, const Services&, std::string_view);
Task<> show_page(Context&, const Services&, std::string_view path);

}  // namespace entente::api
