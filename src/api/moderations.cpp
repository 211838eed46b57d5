// POST /v1/moderations: by a deployment that has moderations of its own, or by the chat model that is configured as the
// guard: then each input is a chat of its own, decided on, sent and settled like any other.
#include "wire/openai/moderations.hpp"

#include "api/able.hpp"
#include "api/answer.hpp"
#include "api/routes.hpp"
#include "base/id.hpp"
#include "wire/gathered.hpp"
#include "wire/guard/judging.hpp"

namespace entente::api {

namespace {

constexpr Kind judging = {.asking = "Judging texts (moderations)", .does = "judges texts"};

class Verdict final : public gateway::Sink {
 public:
  Task<> begin(const gateway::Answering& answering) override {
    by = answering;
    co_return Result<>{};
  }
  Task<> event(const Event& event) override {
    said.add(event);
    co_return Result<>{};
  }

  gateway::Answering by;
  wire::Gathered said{1};
};

// Whoever names a model of here means that one; "omni-moderation-latest" and the like mean whoever judges here.
bool is_for_the_guard(const Services& services, const std::string& model, const std::string& guard) {
  if (guard.empty()) return false;
  if (model.empty()) return true;
  auto catalogue = services.gateway->catalogue();
  const Model* named = find_model(*catalogue, model);
  return !named || named == find_model(*catalogue, guard);
}

Result<Judgement> judgement_of(const wire::Gathered::Choice& answer, wire::GuardForm form,
                               const std::vector<Part>& input, std::size_t index) {
  TRY_ASSIGN(Judgement judgement, wire::read_guard(answer.text, form));
  judgement.index = static_cast<std::uint32_t>(index);
  for (const Part& part : input) {
    for (Judgement::Of& of : judgement.categories)
      (std::holds_alternative<ImagePart>(part) ? of.in_image : of.in_text) = true;
  }
  return judgement;
}

Task<> ask_the_guard(Context& context, const Services& services, Moderate work, const std::string& guard) {
  std::string shown = work.model.empty() ? guard : work.model;
  wire::ModerationAnswer answer(make_id("modr", services.clock->now()), shown, work.inputs.size());
  auto catalogue = services.gateway->catalogue();
  const Model* model = find_model(*catalogue, guard);
  wire::GuardForm form = wire::guard_form_of(guard);
  for (std::size_t i = 0; model && i < model->deployments.size() && form == wire::GuardForm::schema; ++i) {
    auto deployment = catalogue->deployments.find(model->deployments[i]);
    if (deployment != catalogue->deployments.end()) form = wire::guard_form_of(deployment->second.model);
  }
  net::Headers headers;
  for (std::size_t i = 0; i < work.inputs.size(); ++i) {
    Verdict verdict;
    gateway::Asked asked = asked_by(context, wire::ask_guard(guard, work.inputs[i], form));
    CO_TRY(co_await services.gateway->run(asked, verdict));
    CO_TRY_ASSIGN(Judgement judgement, judgement_of(verdict.said.choices.front(), form, work.inputs[i], i));
    answer.add(judgement);
    headers = answered_by(verdict.by);
  }
  co_return co_await context.reply(json_response(answer.body(), std::move(headers)));
}

}  // namespace

Task<> judge_texts(Context& context, const Services& services, std::string_view) {
  CO_TRY_ASSIGN(std::string body, co_await context.read_json_body());
  CO_TRY_ASSIGN(Moderate asked, wire::decode_moderation_request(body, context.model_in_path));
  std::string().swap(body);  // = {} would keep its memory
  std::string guard = services.guard();
  if (is_for_the_guard(services, asked.model, guard))
    co_return co_await ask_the_guard(context, services, std::move(asked), guard);
  std::size_t inputs = asked.inputs.size();
  Work work = std::move(asked);
  CO_TRY(settle_model(services, work, judging));
  wire::ModerationAnswer answer(make_id("modr", services.clock->now()), std::get<Moderate>(work).model, inputs);
  co_return co_await answer_whole(context, services, shared(std::move(work)), answer);
}

}  // namespace entente::api
