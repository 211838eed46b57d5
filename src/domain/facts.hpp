// Facts: what is known of a deployment: where it works, who runs and owns it, under whose law, what it keeps; each with
// how well it is known. A fact that nobody stated, or whose time is over, is unknown, and unknown counts as the worst
// value wherever a policy asks for it. Values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace entente {

// From worst to best: nobody says so; the operator says so; a contract binds somebody to it; a third party attests it;
// we measured it ourselves.
enum class Assurance { unknown, declared, contract, certified, measured };
std::string_view to_string(Assurance assurance);

template <class T>
struct Fact {
  std::optional<T> value;  // none: unknown
  Assurance assurance = Assurance::unknown;
  std::string source;    // where it is written: "order form 4.2"
  std::string reviewed;  // ISO date of the last review, "2026-10-01"
  std::string expires;   // ISO date from which on it is unknown again; empty: never
  friend bool operator==(const Fact&, const Fact&) = default;
};

struct Facts {
  using Texts = std::vector<std::string>;
  Fact<Texts> processing_locations;           // ISO 3166 country codes, as the next three
  Fact<Texts> storage_locations;              // of prompts, answers and files that are kept
  Fact<Texts> abuse_log_locations;            // of what is kept to look for abuse
  Fact<Texts> control_plane_locations;        // from where it is administered
  Fact<std::string> operator_name;            // who runs the machines; `operator` in configuration
  Fact<std::string> operator_lei;             // its Legal Entity Identifier, ISO 17442
  Fact<std::string> operator_headquarters;    // ISO 3166
  Fact<std::string> ultimate_parent_country;  // ISO 3166
  Fact<std::string> governing_law;            // of the contract; ISO 3166
  Fact<std::int64_t> retention_days;          // how long prompts and answers are kept
  Fact<bool> training_use;                    // prompts and answers train models
  Fact<bool> human_review;                    // people at the operator may read them
  Fact<Texts> sub_processors;                 // whom the operator passes them to, by name
  Fact<Texts> certifications;                 // "HDS", "SecNumCloud 3.2", "ISO 27001"
  Fact<Texts> transfer_grounds;               // what its contract holds for transfers: "eu-transfer:clauses"
  friend bool operator==(const Facts&, const Facts&) = default;
};

// visit(name, member) for each fact, ordered by name as JSON (RFC 8785) orders members.
template <class Visit>
void for_each_fact(Visit visit) {
  visit("abuse_log_locations", &Facts::abuse_log_locations);
  visit("certifications", &Facts::certifications);
  visit("control_plane_locations", &Facts::control_plane_locations);
  visit("governing_law", &Facts::governing_law);
  visit("human_review", &Facts::human_review);
  visit("operator", &Facts::operator_name);
  visit("operator_headquarters", &Facts::operator_headquarters);
  visit("operator_lei", &Facts::operator_lei);
  visit("processing_locations", &Facts::processing_locations);
  visit("retention_days", &Facts::retention_days);
  visit("storage_locations", &Facts::storage_locations);
  visit("sub_processors", &Facts::sub_processors);
  visit("training_use", &Facts::training_use);
  visit("transfer_grounds", &Facts::transfer_grounds);
  visit("ultimate_parent_country", &Facts::ultimate_parent_country);
}

// `facts`, and of what they do not state what `others` state.
Facts completed(Facts facts, const Facts& others);

// "FR" or "FR, SE"; "place not stated" when unknown: what a person reads under an answer.
std::string place_of(const Facts& facts);

}  // namespace entente
