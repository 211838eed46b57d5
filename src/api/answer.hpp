// One piece of work, answered in a dialect: what every route of every dialect does after it has read its request.
//
// Both run the gateway and write what comes through the dialect's codec. What fails before the first byte is returned,
// and api.cpp makes an answer of it; what fails later is told inside the stream by the codec, and returned for the log.
#pragma once

#include <functional>

#include "api/api.hpp"
#include "api/context.hpp"
#include "api/read_work.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::api {

struct Kind;

// Reads the body as `read` does and answers as the client wants it. `kind`: of work that few models do, where the model
// may be left to be found (able.hpp).
Task<> answer_body(Context& context, const Services& services, ReadBody* read, const Kind* kind = nullptr);
Task<> answer_as_wanted(Context& context, const Services& services, ReadWork& asked);  // which stays until it is done

// `keep`: awaited when the answer has come to its end well, before the client is told of the end; when it fails, the
// client is told of that instead.
using KeepAnswer = std::function<Task<>()>;
using SharedWork = std::shared_ptr<const Work>;
inline SharedWork shared(Work work) { return std::make_shared<const Work>(std::move(work)); }
Task<> answer_streamed(Context& context, const Services& services, SharedWork work, wire::StreamedAnswer& answer,
                       KeepAnswer keep = {});
Task<> answer_whole(Context& context, const Services& services, SharedWork work, wire::WholeAnswer& answer,
                    KeepAnswer keep = {});

// The work, as the gateway takes it from whoever is asking here.
gateway::Asked asked_by(const Context& context, SharedWork work);
inline gateway::Asked asked_by(const Context& context, Work work) { return asked_by(context, shared(std::move(work))); }

// Who answers, as headers.
net::Headers answered_by(const gateway::Answering& answering);

net::Response json_response(std::string body, net::Headers headers = {});

// What nobody on the way may keep: how it is at this moment, or for one tenant only.
Task<> reply_fresh(Context& context, std::string json);

}  // namespace entente::api
