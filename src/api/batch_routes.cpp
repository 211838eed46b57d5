// /v1/batches: OpenAI's dialect.
#include <format>

#include "api/answer.hpp"
#include "api/batches.hpp"
#include "api/pages.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"
#include "base/worker.hpp"

namespace entente::api {

namespace {

Error not_there(std::string_view id) {
  return {.code = ErrorCode::not_found,
          .message = std::format("The batch '{}' is not here.", shortened(id)),
          .reason = "batch_not_found"};
}

}  // namespace

Task<> create_batch(Context& context, const Services& services, std::string_view) {
  CO_TRY(files_are_kept(services));
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(wire::BatchRequest request, wire::decode_batch_request(body));
  gateway::Asked asked = asked_by(context, Work(Chat{.model = {}}));
  CO_TRY(services.gateway->may_keep(asked));
  auto create = [&] { return services.batches->create(request, asked); };
  CO_TRY_ASSIGN(wire::Batch batch, co_await services.worker->run<wire::Batch>(create));
  co_return co_await context.reply(json_response(wire::encode_batch(batch)));
}

Task<> list_batches(Context& context, const Services& services, std::string_view) {
  CO_TRY(files_are_kept(services));
  std::vector<wire::Batch> batches = services.batches->list(context.principal.project);
  CO_TRY_ASSIGN(bool more, cut_to_page(context.request(), 100, batches));
  co_return co_await context.reply(json_response(wire::encode_batch_list(batches, more)));
}

Task<> show_batch(Context& context, const Services& services, std::string_view id) {
  CO_TRY(files_are_kept(services));
  auto batch = services.batches->find(id, context.principal.project);
  if (!batch) co_return fail(not_there(id));
  co_return co_await context.reply(json_response(wire::encode_batch(*batch)));
}

Task<> act_on_batch(Context& context, const Services& services, std::string_view rest) {
  CO_TRY(files_are_kept(services));
  constexpr std::string_view cancel_it = "/cancel";
  if (!rest.ends_with(cancel_it)) co_return fail(not_there(rest));
  std::string id(rest.substr(0, rest.size() - cancel_it.size()));
  auto cancel = [&] { return services.batches->cancel(id, context.principal.project); };
  CO_TRY_ASSIGN(wire::Batch batch, co_await services.worker->run<wire::Batch>(cancel));
  co_return co_await context.reply(json_response(wire::encode_batch(batch)));
}

}  // namespace entente::api
