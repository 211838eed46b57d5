// The facts that can be stated of this server and of each deployment.
#include <format>

#include "config/definition.hpp"
#include "config/kinds.hpp"

namespace entente::config {

namespace {

struct Days {
  std::string words() const { return "days, at least 0"; }
  Result<std::int64_t> read(const Node& node) const {
    TRY_ASSIGN(std::uint32_t days, Count{}.read(node));
    return std::int64_t{days};
  }
  std::string show(std::int64_t days) const { return std::to_string(days); }
};

// A fact: its bare value, which counts as declared, or a table that says how well it is known.
template <class Kind>
struct FactOf {
  Kind kind;
  using Value = typename decltype(std::declval<Kind>().read(std::declval<Node>()))::value_type;

  std::string words() const { return kind.words() + ", or { value, assurance, source, reviewed, expires }"; }

  Result<Fact<Value>> read(const Node& node) const {
    auto* table = std::get_if<Node::Table>(&node.value);
    Fact<Value> fact;
    fact.assurance = Assurance::declared;
    if (!table) {
      TRY_ASSIGN(fact.value, kind.read(node));
      return fact;
    }
    for (const auto& [key, member] : *table) {
      if (key == "value") {
        TRY_ASSIGN(fact.value, kind.read(member));
      } else if (key == "assurance") {
        TRY_ASSIGN(fact.assurance, HowKnown().read(member));
      } else if (key == "source") {
        TRY_ASSIGN(fact.source, Text().read(member));
      } else if (key == "reviewed") {
        TRY_ASSIGN(fact.reviewed, Date().read(member));
      } else if (key == "expires") {
        TRY_ASSIGN(fact.expires, Date().read(member));
      } else {
        return fail(ErrorCode::invalid_request,
                    std::format("a fact has value, assurance, source, reviewed and expires, but \"{}\" came", key));
      }
    }
    if (!fact.value) return fail(ErrorCode::invalid_request, "the fact's value is missing");
    return fact;
  }

  std::string show(const Fact<Value>& fact) const {
    if (!fact.value) return "\"unknown\"";
    bool bare = fact.source.empty() && fact.reviewed.empty() && fact.expires.empty();
    if (fact.assurance == Assurance::declared && bare) return kind.show(*fact.value);
    std::string out =
        std::format("{{ value = {}, assurance = \"{}\"", kind.show(*fact.value), to_string(fact.assurance));
    auto add = [&](std::string_view name, const std::string& text) {
      if (!text.empty()) out += std::format(", {} = {}", name, Text().show(text));
    };
    add("source", fact.source);
    add("reviewed", fact.reviewed);
    add("expires", fact.expires);
    return out + " }";
  }
};

std::vector<Setting<Facts>> all_facts() {
  auto places = FactOf<Countries>{};
  auto country = FactOf<Country>{};
  return {
      define<Facts>("processing_locations", places, ACCESS(Facts, processing_locations),
                    {"Countries where prompts are processed (ISO 3166).", "", "[\"FR\"]"}),
      define<Facts>(
          "storage_locations", places, ACCESS(Facts, storage_locations),
          {"Countries where what is kept of prompts and answers lies.", "An empty list: nothing is kept.", "[\"FR\"]"}),
      define<Facts>("abuse_log_locations", places, ACCESS(Facts, abuse_log_locations),
                    {"Countries where what is kept to look for abuse lies.", "", "[\"IE\"]"}),
      define<Facts>("control_plane_locations", places, ACCESS(Facts, control_plane_locations),
                    {"Countries from where it is administered.", "", "[\"FR\"]"}),
      define<Facts>("operator", FactOf<Text>{}, ACCESS(Facts, operator_name),
                    {"Who runs the machines.", "", "\"Example Hospital\""}),
      define<Facts>("operator_lei", FactOf<Text>{}, ACCESS(Facts, operator_lei),
                    {"The operator's Legal Entity Identifier (ISO 17442).", "", "\"529900T8BM49AURSDO55\""}),
      define<Facts>("operator_headquarters", country, ACCESS(Facts, operator_headquarters),
                    {"Country of the operator's headquarters.", "", "\"IE\""}),
      define<Facts>("ultimate_parent_country", country, ACCESS(Facts, ultimate_parent_country),
                    {"Country of the operator's ultimate owner (ISO 3166).", "", "\"FR\""}),
      define<Facts>("governing_law", country, ACCESS(Facts, governing_law),
                    {"Whose law the contract is under.", "", "\"FR\""}),
      define<Facts>("retention_days", FactOf<Days>{}, ACCESS(Facts, retention_days),
                    {"How long prompts and answers are kept, in days.", "", "0"}),
      define<Facts>("training_use", FactOf<Flag>{}, ACCESS(Facts, training_use),
                    {"Whether prompts and answers train models.", "", "false"}),
      define<Facts>("human_review", FactOf<Flag>{}, ACCESS(Facts, human_review),
                    {"Whether people at the operator may read prompts and answers.", "", "false"}),
      define<Facts>("sub_processors", FactOf<Texts>{}, ACCESS(Facts, sub_processors),
                    {"To whom prompts are passed on, by name.", "An empty list: to nobody.", "[]"}),
      define<Facts>("certifications", FactOf<Texts>{}, ACCESS(Facts, certifications),
                    {"What the operator is certified for.", "", "[\"HDS\", \"ISO 27001\"]"}),
      define<Facts>("transfer_grounds", FactOf<Texts>{}, ACCESS(Facts, transfer_grounds),
                    {"Grounds of a profile that the contract gives, as PROFILE:GROUND.",
                     "They lift that profile's rule for it.", "[\"eu-transfer:clauses\"]"}),
  };
}

}  // namespace

std::span<const Setting<Facts>> facts_settings() {
  static const std::vector<Setting<Facts>> all = all_facts();
  return all;
}

}  // namespace entente::config
