// GET /deployments, POST /deployments/test/{name}: where work can be sent, how that goes, and whether it would go now.
#include "gateway/deployments.hpp"

#include <algorithm>
#include <charconv>

#include "api/answer.hpp"
#include "api/errors.hpp"
#include "api/routes.hpp"
#include "wire/json_writer.hpp"

namespace entente::api {

namespace {

// `details` are the provider's own words: for whoever runs this machine, not for everybody with a key.
void write_test(wire::JsonWriter& json, const gateway::Tested& test, bool with_details) {
  json.begin_object().key("key").number(static_cast<std::int64_t>(test.key + 1));
  if (test.error) {
    json.key("error").begin_object().key("code").string(to_string(test.error->code));
    json.key("reason").string(test.error->reason).key("message").string(test.error->message);
    if (with_details) json.key("details").string(test.error->details);
    json.end_object();
  } else {
    json.key("first_token_us").number(test.first_token.count()).key("whole_us").number(test.whole.count());
    json.key("prompt_tokens").number(test.usage.prompt_tokens);
    json.key("completion_tokens").number(test.usage.completion_tokens);
  }
  json.end_object();
}

}  // namespace

Task<> show_deployments(Context& context, const Services& services, std::string_view) {
  return reply_fresh(context, services.deployments());
}

Task<> explain_route(Context& context, const Services& services, std::string_view) {
  const net::Request& request = context.request();
  auto is_set = [&](std::string_view name) { return request.query_value(name) == "true"; };
  constexpr std::uint64_t usual_bytes_of_a_token = 4;
  std::uint64_t tokens = 0;
  std::string count = request.query_value("tokens");
  std::from_chars(count.data(), count.data() + count.size(), tokens);
  Envelope envelope{.model = request.query_value("model"),
                    .kind = "chat",
                    .prompt_bytes = std::min<std::uint64_t>(tokens, 1'000'000'000) * usual_bytes_of_a_token,
                    .needs = {.tools = is_set("tools"), .schema = is_set("schema"), .vision = is_set("vision")}};
  envelope.labels = context.principal.labels;
  CO_TRY_ASSIGN(std::string body, services.route(envelope, context.principal));
  co_return co_await reply_fresh(context, std::move(body));
}

Task<> test_deployment(Context& context, const Services& services, std::string_view name) {
  CO_TRY_ASSIGN(std::vector<gateway::Tested> tests,
                co_await services.gateway->test_deployment(std::string(name), context.id(), context.principal));
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object().key("deployment").string(name).key("tests").begin_array();
  for (const gateway::Tested& test : tests) write_test(json, test, context.principal.key.empty());
  json.end_array().end_object();
  co_return co_await context.reply(json_response(std::move(body)));
}

}  // namespace entente::api
