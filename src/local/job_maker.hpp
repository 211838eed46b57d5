// JobMaker: from work to the jobs of one loaded model: prompts become tokens, what cannot be done here is refused by
// name, what an answer is held to is made. Any thread.
//
// Errors: invalid_request and unsupported, context_too_long (reason "context_length_exceeded"), not_found for an
// adapter.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "domain/work.hpp"
#include "local/job.hpp"
#include "local/model/model.hpp"

namespace entente::local {

class JobMaker {
 public:
  using Jobs = std::vector<std::unique_ptr<Job>>;

  // `model` outlives this. `recommended` fills what a client left open.
  JobMaker(const Model& model, const EngineInfo& info, RecommendedSampling recommended)
      : model_(model), info_(info), recommended_(recommended) {}

  // At least one job each; `adapter` by its name, empty: none.
  Result<Jobs> of(const Chat& work, const std::string& tenant, const std::string& adapter);
  Result<Jobs> of(const Complete& work, const std::string& tenant, const std::string& adapter);
  Result<Jobs> of(const Embed& work, const std::string& tenant, const std::string& adapter);
  // Where the model scores, one for each document; where it makes vectors, the query's before those.
  Result<Jobs> of(const Rerank& work, const std::string& tenant, const std::string& adapter);

  Result<std::vector<Token>> tokens_of(const Work& work) const;
  Result<std::string> text_of(std::span<const Token> tokens) const;

 private:
  Result<> check_that_it_answers() const;
  std::string_view what_fits(std::string_view document) const;
  Result<std::unique_ptr<Job>> vector_job(const TextOrTokens& text, std::string_view param, const std::string& tenant,
                                          const std::string& adapter) const;
  Result<std::unique_ptr<Job>> job_for(const std::string& tenant, const std::string& adapter) const;
  Result<std::vector<Token>> read(const TextOrTokens& text, Model::Reading reading, std::string_view param) const;
  Result<> check_tokens(std::span<const Token> tokens, std::string_view param) const;
  Result<> check_sampling(const Sampling& sampling, std::uint32_t choices) const;
  Result<> check_length(std::uint64_t least_tokens, std::string_view param) const;
  Result<> take_prompt(Job& job, std::vector<Token> prompt, std::optional<std::uint32_t> most,
                       std::string_view param) const;
  Result<std::shared_ptr<grammar::Automaton>> automaton_for(const Chat& chat, bool thinking);

  const Model& model_;
  const EngineInfo& info_;
  const RecommendedSampling recommended_;
  std::mutex automata_mutex_;
  std::map<std::string, std::shared_ptr<grammar::Automaton>> automata_;  // by grammar_key()
};

}  // namespace entente::local
