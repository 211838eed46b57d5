// The rows of the store, as values: keys, for every attempt its intent before and its outcome after, kept responses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/entries/disclosure.hpp"
#include "audit/entries/statement.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "domain/money.hpp"
#include "domain/peer.hpp"
#include "domain/principal.hpp"
#include "domain/subject.hpp"
#include "domain/usage.hpp"

namespace entente::store {

// How times stand in the rows: microseconds since 1970.
inline std::int64_t to_micros(Instant instant) { return instant.time_since_epoch().count(); }

// A key as it is kept: its secret is not here, only the hash is stored.
struct Key {
  std::string id;    // "key_…"
  std::string name;  // what its owner calls it
  std::string tenant;
  std::string project;
  std::string hint;  // the first characters of the secret, to recognise it by
  std::vector<std::string> labels;
  Instant created{};
  std::optional<Instant> revoked;
};

struct NewKey {
  std::string name;
  std::string tenant = "default";  // name; made if there is none
  std::string project = "default";
  std::vector<std::string> labels;
};

// The only moment the secret exists outside its owner's hands.
struct CreatedKey {
  Key key;
  std::string secret;  // "ent_…"
};

// What was decided: the decision names its candidates by a root over their texts, and the texts are kept beside it.
struct Decided {
  std::string text;                     // canonical JSON
  std::vector<std::string> candidates;  // canonical JSON each
  audit::Salt secret{};                 // from which the salts of their leaves follow
};

// What is about to be sent where, for whom and why. Durable before anything leaves.
struct Intent {
  std::string attempt;  // id, "att_…"
  std::string request;  // id, "req_…"
  Principal principal;
  std::string kind;   // of work: "chat"
  std::string model;  // as the client named it
  std::string deployment;
  std::string provider;
  std::string place;  // from the deployment's facts, as shown to the person
  Decided decision;
  std::string person = {};               // whom it is about, as the client names them; empty: the key stands for them
  std::vector<std::string> labels = {};  // of the work
  std::vector<std::string> passed = {};  // members of the request that went as they came, by name
  std::optional<Digest> asked;           // SHA-256 of the request's body, as it came
  std::int64_t most_tokens = 0;          // set aside: worst case
  Money reserved;
  Instant at{};
};

// Work that the rules let go nowhere: nothing was sent.
struct Refusal {
  std::string refusal;  // id, "ref_…"
  std::string request;
  Principal principal;
  std::string kind;
  std::string model;
  Decided decision;
  std::string person = {};               // as of an intent
  std::vector<std::string> labels = {};  // of the work
  std::string error;                     // what the client was told
  std::string reason;                    // the same in a word, without anything of the client's: "legal_hold"
  std::optional<Digest> asked;           // SHA-256 of the request's body, as it came
  Instant at{};
};

enum class OutcomeKind { answered, failed, cancelled, unknown };
std::string_view to_string(OutcomeKind kind);

// What one choice of an answer said, for who has the answer to compute again.
struct ChoiceDigests {
  Digest text;                // SHA-256 of its whole text
  std::vector<Digest> calls;  // of each call of a tool: its name, a newline, its arguments
};

// What the client was sent in all: its bytes without the comments of a stream (audit/receipts/stream_head.hpp).
struct SentBody {
  std::int64_t bytes = 0;
  Digest sha256{};
};

struct Outcome {
  std::string attempt;
  OutcomeKind kind = OutcomeKind::unknown;
  std::string error;  // code's name, empty when answered
  Usage usage;
  Money cost;
  std::int64_t first_token_us = 0;  // 0: none came
  std::int64_t duration_us = 0;
  std::vector<ChoiceDigests> answer;  // as far as it came
  std::optional<Peer> peer;           // who it was sent to; none: nobody outside this process
  std::optional<SentBody> body;       // none: it is not known here, as of a line of a batch
  std::string weights;                // of a model of this machine: SHA-256 of its file, hexadecimal
  Instant at{};
};

// An entry of the transparency log together with what it commits to.
struct SealedEntry {
  std::int64_t index = 0;  // in the log
  std::string text;        // the entry, as it is in the log
  std::string record;      // what happened, as canonical JSON
  audit::Salt salt{};      // entry.record = SHA-256(salt, record)
};

struct SealedAttempt {
  SealedEntry intent;                  // or the refusal
  std::optional<SealedEntry> outcome;  // none: it runs
  std::vector<SealedEntry> stated;     // the statements that its decision went by; without salt
  // Of its decision, with what opens them; none where the record has them in clear, as records had at first.
  std::vector<std::string> candidates;
  audit::Salt secret{};
};

// Somebody whom records are about, as a list of them shows it.
struct SubjectRow {
  std::int64_t number = 0;
  Subject subject;
  std::string tenant, name;         // for people: the tenant's name, the person's or the key's
  std::int64_t entries = 0;         // of the log, whose records are here
  std::optional<std::string> held;  // on what ground nothing of it may be erased
};

// That what is known of a subject goes: asked for by a command, and carried out by the server.
struct ErasureState {
  std::optional<std::int64_t> index;  // of its entry in the log; none: it is still to be carried out
  std::int64_t erased = 0;            // entries whose records went
};

// What was too old and went: a piece of it, as large as a commit that others wait for should be.
struct LetGo {
  std::size_t entries = 0;
  bool done = true;  // there is no more of it
};

// What the server goes by from now on: the facts or terms of a deployment, or the policies.
struct Stated {
  audit::StatementKind kind = audit::StatementKind::facts;
  std::string subject;  // the deployment's name; of policies: empty
  std::string text;     // canonical JSON
};

// A decision as it was recorded, with the names of who asked as they are now.
struct PastDecision {
  std::string request;
  std::string record;                   // of its first attempt, or its refusal: canonical JSON
  std::vector<std::string> candidates;  // canonical JSON each
  std::string tenant, project, key;     // names; empty: it is gone
};

// What one project had done by one deployment in a span of time.
struct Processed {
  std::string tenant, project;  // names
  std::string deployment, provider, place;
  std::vector<std::string> labels;  // of the work, each once
  std::int64_t attempts = 0, prompt_tokens = 0, completion_tokens = 0;
  Instant first{}, last{};
};

// An answer of /v1/responses that may be asked for again until its time is over, as texts that are read apart.
struct KeptResponse {
  std::string id;                   // "resp_…"; ids sort by their time of making
  std::string project;              // whose it is: nobody else reads it
  std::string request;              // that it answers, "req_…"
  Subject subject = {};             // whom it is about
  std::string body;                 // as it was sent
  std::string input, conversation;  // wire/openai/kept_response.hpp
  Instant at{}, until{};
};
enum class KeptText { body, input, conversation };

// What one key used in a span of time.
struct UsageRow {
  std::string tenant, project, key;  // names
  std::int64_t attempts = 0;
  Usage usage;
  std::vector<Money> costs;  // one per currency
};

}  // namespace entente::store
