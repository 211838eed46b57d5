// Work: one thing to do, decoded from any dialect. Each kind is a struct; Work is the variant of them. Policy, ledger
// and routing look only at the Envelope, never at what is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/conversation.hpp"
#include "domain/media.hpp"
#include "domain/passed_fields.hpp"
#include "domain/preferences.hpp"
#include "domain/sampling.hpp"
#include "domain/tooling.hpp"

namespace entente {

// Whether somebody waits for the answer now, or it may make room for those who do.
enum class Urgency { interactive, batch };

// How hard a model that thinks before it speaks should think; none: it should not.
enum class ReasoningEffort { none, minimal, low, medium, high };
std::string_view to_string(ReasoningEffort effort);

struct Chat {
  std::string model;  // the public name the client asked for
  Conversation conversation;
  bool begun = false;  // the last message is text of the assistant's that the answer goes on from, and does not repeat
  Tooling tooling;
  AnswerFormat format;
  std::optional<ReasoningEffort> reasoning_effort;  // none: as the model does by itself
  std::optional<std::uint32_t> reasoning_budget;    // tokens to think in, where the client says so
  Sampling sampling;
  std::optional<std::uint32_t> max_tokens;  // per choice; none: as much as the context holds
  std::uint32_t choices = 1;
  std::vector<std::string> stop;  // none empty; generation ends before the first that appears
  bool logprobs = false;
  std::uint32_t top_logprobs = 0;  // 0 to 20, alternatives listed with each token
  Urgency urgency = Urgency::interactive;
  std::string end_user;  // the person behind the client, if the dialect names one
  std::string session;   // what the client calls requests that begin alike, for makers' caches
  std::shared_ptr<const Preferences> preferences;  // of who may answer; null: none
  std::shared_ptr<const PassedFields> passed;      // what only others may understand; null: nothing
};

// A text, or the tokens that the model itself makes of one.
using TextOrTokens = std::variant<std::string, std::vector<std::int32_t>>;

// Texts to go on with as they stand: no roles, no template.
struct Complete {
  std::string model;
  std::vector<TextOrTokens> prompts;  // at least one
  std::string suffix;                 // what stands behind the answer; empty: nothing
  bool echo = false;                  // the answer begins with its prompt
  Sampling sampling;
  std::uint32_t max_tokens = 16;  // of each choice; 0: only the echo is wanted
  std::uint32_t choices = 1;      // of each prompt; numbered prompt by prompt
  std::vector<std::string> stop;
  std::optional<std::uint32_t> logprobs;  // alternatives listed with each token; with `echo` of the prompt's, too
  Urgency urgency = Urgency::interactive;
  std::string end_user;
};

// Texts as vectors of length 1, whose closeness is that of their meaning.
struct Embed {
  std::string model;
  std::vector<TextOrTokens> inputs;         // at least one
  std::optional<std::uint32_t> dimensions;  // so many of the first numbers; none: all
  Urgency urgency = Urgency::interactive;
  std::string end_user;
};

// Documents, by how well each answers a query.
struct Rerank {
  std::string model;
  std::string query;
  std::vector<std::string> documents;  // at least one
  Urgency urgency = Urgency::interactive;
  std::string end_user;
};

// How many tokens a conversation's model reads in it, tools and pictures included: nothing is answered. Its maker is
// asked, who counts without being paid.
struct CountTokens {
  Chat chat;
};

using Work = std::variant<Chat, Complete, Embed, Rerank, MakeImage, Transcribe, Speak, Moderate, CountTokens>;

// The public name that was asked for.
std::string& model_of(Work& work);

// The conversation that is to be answered or counted; null for other work.
const Chat* conversation_in(const Work& work);

// What a deployment must be able to do to take a piece of work as it is asked.
struct Needs {
  bool tools = false;   // the model may call some
  bool schema = false;  // the answer, or a call's arguments, must follow a schema
  bool vision = false;  // there are images to look at
  bool images = false;  // to make some
  bool transcription = false;
  bool speech = false;
  bool moderation = false;
  friend bool operator==(const Needs&, const Needs&) = default;
};

// What may be known of any work without reading it.
struct Envelope {
  std::string model;
  std::string kind;                // "chat", "text_completion", "embeddings": OpenTelemetry's words; "rerank", …
  std::uint64_t prompt_bytes = 0;  // conversation, tools and schemas, and what is passed
  Needs needs;
  std::uint32_t choices = 1;
  std::optional<std::uint32_t> max_tokens;
  std::vector<std::string> labels;  // "health", …: from the key, the project, a header, or detection
  std::string subject;  // the person behind the client, as the client names them; proven by nobody; empty: not said
  std::vector<std::string> policies;               // asked for by name, beside those that apply anyway
  std::string session;                             // a name for requests that begin alike; empty: none
  std::shared_ptr<const Preferences> preferences;  // the request's own; null: none
};

Envelope envelope_of(const Work& work);

}  // namespace entente
