#include "local/libllama/llama_vocabulary.hpp"

#include <algorithm>
#include <format>
#include <initializer_list>

namespace entente::local {

namespace {

std::string bytes_of_token(const llama_vocab* vocab, Token token, bool special) {
  std::string bytes(64, '\0');
  auto size = static_cast<std::int32_t>(bytes.size());
  std::int32_t length = llama_token_to_piece(vocab, token, bytes.data(), size, 0, special);
  if (length < 0) {
    bytes.resize(static_cast<std::size_t>(-length));
    length = llama_token_to_piece(vocab, token, bytes.data(), -length, 0, special);
  }
  bytes.resize(static_cast<std::size_t>(std::max(0, length)));
  return bytes;
}

std::vector<Token> read_text(const llama_vocab* vocab, std::string_view text, bool with_control_tokens) {
  std::vector<Token> tokens(text.size() + 2);
  auto size = static_cast<std::int32_t>(tokens.size());
  auto length = static_cast<std::int32_t>(text.size());
  std::int32_t count = llama_tokenize(vocab, text.data(), length, tokens.data(), size, false, with_control_tokens);
  if (count < 0) {
    tokens.resize(static_cast<std::size_t>(-count));
    count = llama_tokenize(vocab, text.data(), length, tokens.data(), -count, false, with_control_tokens);
  }
  tokens.resize(static_cast<std::size_t>(std::max(0, count)));
  return tokens;
}

}  // namespace

LlamaVocabulary::LlamaVocabulary(const llama_model* model) : vocab_(llama_model_get_vocab(model)) {
  read_tokens();
  read_template(model);
}

namespace {

// Pictures leave the conversation, in their order, and marks stand in their places.
std::vector<ImagePart> take_pictures(Conversation& conversation, const std::string& mark) {
  std::vector<ImagePart> pictures;
  for (Message& message : conversation) {
    for (Part& part : message.parts) {
      auto* picture = std::get_if<ImagePart>(&part);
      if (!picture) continue;
      pictures.push_back(std::move(*picture));
      part = TextPart{mark};
    }
  }
  return pictures;
}

}  // namespace

Result<Prompt> LlamaVocabulary::prompt_of(const Chat& chat, const See& see) const {
  if (!template_) return fail(template_.error());
  Conversation conversation = chat.conversation;
  std::string begun;
  if (chat.begun) {
    begun = text_of(conversation.back());
    conversation.pop_back();
  }
  Tooling tooling = chat.tooling;
  Marks marks = guard(conversation, tooling, *control_);
  std::vector<ImagePart> pictures = take_pictures(conversation, marks.picture);
  TRY_ASSIGN(std::string text, template_->render(conversation, tooling, chat.reasoning_effort));
  Prompt prompt{.tokens = {}, .thinking = template_->began_thought(text), .sights = {}};
  std::size_t seen = 0;
  auto read = [&](std::string_view text, bool control) {
    std::vector<Token> tokens = read_text(vocab_, text, control);
    prompt.tokens.insert(prompt.tokens.end(), tokens.begin(), tokens.end());
  };
  for (const PromptPart& part : split_guarded(text, marks)) {
    std::string_view rest = part.text;
    for (std::size_t at; see && !part.plain && (at = rest.find(marks.picture)) != rest.npos; ++seen) {
      read(rest.substr(0, at), true);
      if (seen < pictures.size()) TRY(see(pictures[seen], prompt));
      rest.remove_prefix(at + marks.picture.size());
    }
    read(rest, !part.plain);
  }
  if (seen != pictures.size()) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = "The model's chat template does not show pictures where these messages have them.",
                 .reason = "unsupported_value",
                 .param = "messages"});
  }
  if (chat.begun) {
    auto add = [&](std::string_view more, bool marks) {
      std::vector<Token> tokens = read_text(vocab_, more, marks);
      prompt.tokens.insert(prompt.tokens.end(), tokens.begin(), tokens.end());
    };
    // What was begun is the answer itself: a thought that the template opens stays empty.
    if (prompt.thinking) add(template_->form().thought_end + "\n\n", true);
    prompt.thinking = false;
    add(begun, false);
  }
  Token begin = llama_vocab_bos(vocab_);
  if (llama_vocab_get_add_bos(vocab_) && (prompt.tokens.empty() || prompt.tokens.front() != begin)) {
    prompt.tokens.insert(prompt.tokens.begin(), begin);
    for (Sight& sight : prompt.sights) ++sight.begin;
  }
  return prompt;
}

std::vector<Token> LlamaVocabulary::tokens_of(std::string_view text, Model::Reading reading) const {
  std::vector<Token> tokens = read_text(vocab_, text, reading.control);
  Token begin = llama_vocab_bos(vocab_), end = llama_vocab_eos(vocab_);
  if (reading.begins && llama_vocab_get_add_bos(vocab_) && (tokens.empty() || tokens.front() != begin))
    tokens.insert(tokens.begin(), begin);
  if (reading.ends && llama_vocab_get_add_eos(vocab_)) {
    tokens.push_back(end);
  } else if (reading.ends && llama_vocab_get_add_sep(vocab_)) {
    tokens.push_back(llama_vocab_sep(vocab_));
  }
  return tokens;
}

Result<std::vector<Token>> LlamaVocabulary::pair_of(std::string_view query, std::string_view document,
                                                    std::uint32_t most, const char* form) const {
  std::vector<Token> before, between, after;
  auto add = [](std::vector<Token>& to, const std::vector<Token>& tokens) {
    to.insert(to.end(), tokens.begin(), tokens.end());
  };
  std::vector<Token> asked = read_text(vocab_, query, false), read = read_text(vocab_, document, false);
  if (form) {
    constexpr std::string_view at_query = "{query}", at_document = "{document}";
    std::string_view text = form;
    std::size_t q = text.find(at_query), d = text.find(at_document);
    if (q == text.npos || d == text.npos || d < q) {
      return fail(ErrorCode::unsupported, "The model's own form for reranking is not one that Entente can read.");
    }
    before = tokens_of(text.substr(0, q), {.control = true, .begins = true});
    between = read_text(vocab_, text.substr(q + at_query.size(), d - q - at_query.size()), true);
    after = read_text(vocab_, text.substr(d + at_document.size()), true);
  } else {
    Token separator = llama_vocab_sep(vocab_), end = llama_vocab_eos(vocab_);
    bool separates = llama_vocab_get_add_sep(vocab_) && separator != LLAMA_TOKEN_NULL;
    if (end == LLAMA_TOKEN_NULL) end = separator;
    bool ends = llama_vocab_get_add_eos(vocab_) && end != LLAMA_TOKEN_NULL;
    if (llama_vocab_get_add_bos(vocab_)) before.push_back(llama_vocab_bos(vocab_));
    if (ends) between.push_back(end);
    if (separates) between.push_back(separator);
    if (ends || separates) after.push_back(ends ? end : separator);
  }
  std::size_t fixed = before.size() + asked.size() + between.size() + after.size();
  if (fixed >= most) {
    return fail({.code = ErrorCode::context_too_long,
                 .message = std::format("'query' has {} tokens, but this model reads {} at once, query and document "
                                        "together. Shorten it.",
                                        asked.size(), most),
                 .reason = "context_length_exceeded",
                 .param = "query"});
  }
  read.resize(std::min(read.size(), most - fixed));
  std::vector<Token> pair;
  pair.reserve(fixed + read.size());
  for (const std::vector<Token>* part : {&before, &asked, &between, &read, &after}) add(pair, *part);
  return pair;
}

Result<std::vector<Token>> LlamaVocabulary::gap_of(std::string_view before, std::string_view after) const {
  Token prefix = llama_vocab_fim_pre(vocab_), suffix = llama_vocab_fim_suf(vocab_),
        middle = llama_vocab_fim_mid(vocab_);
  if (prefix == LLAMA_TOKEN_NULL || suffix == LLAMA_TOKEN_NULL || middle == LLAMA_TOKEN_NULL) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = "'suffix' needs a model that was trained to fill gaps, which this one was not.",
                 .reason = "unsupported_value",
                 .param = "suffix"});
  }
  std::vector<Token> out;
  if (llama_vocab_get_add_bos(vocab_)) out.push_back(llama_vocab_bos(vocab_));
  out.push_back(prefix);
  for (Token token : read_text(vocab_, before, false)) out.push_back(token);
  out.push_back(suffix);
  for (Token token : read_text(vocab_, after, false)) out.push_back(token);
  out.push_back(middle);
  return out;
}

TokenizerInfo LlamaVocabulary::tokenizer() const {
  auto spelling = [this](Token token) {
    return token == LLAMA_TOKEN_NULL ? std::string() : bytes_of_token(vocab_, token, true);
  };
  return {.begin = spelling(llama_vocab_bos(vocab_)),
          .end = spelling(llama_vocab_eos(vocab_)),
          .chat_template = template_source_};
}

std::string_view LlamaVocabulary::spelled(Token token) const {
  auto control = control_spellings_.find(token);
  return control == control_spellings_.end() ? bytes_of(token) : std::string_view(control->second);
}
const Words& LlamaVocabulary::words() const {
  std::call_once(words_made_, [this] {
    std::vector<std::string> tokens = bytes_;
    for (const auto& [token, spelling] : control_spellings_) tokens[static_cast<std::size_t>(token)] = spelling;
    std::vector<Token> ends;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (!ends_answer(static_cast<Token>(i))) continue;
      ends.push_back(static_cast<Token>(i));
      tokens[i].clear();
    }
    words_.emplace(grammar::Vocabulary(tokens), std::move(ends));
  });
  return *words_;
}

void LlamaVocabulary::read_tokens() {
  auto size = static_cast<std::size_t>(llama_vocab_n_tokens(vocab_));
  std::vector<std::string> control;
  bytes_.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    auto token = static_cast<Token>(i);
    bytes_.push_back(bytes_of_token(vocab_, token, false));
    auto attributes = static_cast<unsigned>(llama_vocab_get_attr(vocab_, token));
    if (attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) {
      control.push_back(bytes_of_token(vocab_, token, true));
      control_spellings_.emplace(token, control_mark + control.back());
      longest_ = std::max(longest_, static_cast<std::uint32_t>(control.back().size()));
    }
    longest_ = std::max(longest_, static_cast<std::uint32_t>(bytes_.back().size()));
  }
  control_.emplace(std::move(control));
}

void LlamaVocabulary::read_template(const llama_model* model) {
  const char* source = llama_model_chat_template(model, nullptr);
  if (!source) {
    template_ = fail(ErrorCode::unsupported,
                     "The model file carries no chat template, so it cannot chat. Use an instruction-tuned model.");
    return;
  }
  template_source_ = source;
  auto spelling = [this](Token token) {
    return token == LLAMA_TOKEN_NULL ? std::string() : bytes_of_token(vocab_, token, true);
  };
  std::vector<std::string> ends;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (ends_answer(static_cast<Token>(i))) ends.push_back(spelling(static_cast<Token>(i)));
  }
  template_ = ChatTemplate::parse(source, spelling(llama_vocab_bos(vocab_)), spelling(llama_vocab_eos(vocab_)), ends);
  if (!template_) return;
  AnswerForm form = local::spelled(template_->form(), *control_);
  // Only marks are read as what they are; other control tokens say nothing, as ever.
  std::erase_if(control_spellings_, [&](const auto& control) {
    return std::ranges::none_of(
        std::initializer_list<std::string_view>{form.begin, form.open, form.to_arguments, form.next, form.end,
                                                form.thought_begin, form.thought_end, form.text_begin},
        [&](std::string_view mark) { return mark.contains(control.second); });
  });
  answer_form_ = std::move(form);
}

}  // namespace entente::local
