// One piece of work, answered in a dialect: what every route of every dialect does after it has read its request.
//
// Both run the gateway and write what comes through the dialect's codec. What fails before the first byte is returned,
// and api.cpp makes an answer of it; what fails later is told inside the stream by the codec, and returned for the log.
#pragma once

#include <functional>

#include "api/api.hpp"
#include "api/context.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::api {

// `complete`: called when the answer has come to its end well, before the client is told of the end.
using OnComplete = std::function<void()>;
Task<> answer_streamed(Context& context, const Services& services, Work work, wire::StreamedAnswer& answer,
                       OnComplete complete = {});
Task<> answer_whole(Context& context, const Services& services, Work work, wire::WholeAnswer& answer,
                    OnComplete complete = {});

// The work, as the gateway takes it from whoever is asking here.
gateway::Asked asked_by(const Context& context, Work work);

// Who answers, as headers.
net::Headers answered_by(const gateway::Answering& answering);

net::Response json_response(std::string body, net::Headers headers = {});

}  // namespace entente::api
