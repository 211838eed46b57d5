// FakeModel: a Model for tests. A token is a byte; the answer to a conversation is the last message's text, spelt once;
// A step's bookkeeping is checked strictly: positions without gaps, one owner a sequence, no step beyond its size, all
// that a sequence holds computed with one adapter ("a" or "b"). `gate` holds every step until it is opened, so that
// tests decide what happens while one is computed.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "local/model/model.hpp"

namespace entente::local {

class FakeModel final : public Model {
 public:
  static constexpr Token end = 256;

  struct Watch {  // what the test sees, beside the engine that owns the model
    std::mutex mutex;
    std::condition_variable changed;
    bool gate_open = true;
    int computing = 0;  // steps begun
    bool fail_next = false;
    int saved = 0, restored = 0;
    std::chrono::microseconds step_time{0};
    std::vector<std::vector<BatchToken>> steps;
    std::vector<std::uint32_t> adapters;                // of each step
    std::function<Token(std::int32_t)> likeliest = {};  // of the logits at a position, where that matters

    void set_gate(bool open) {
      std::lock_guard lock(mutex);
      gate_open = open;
      changed.notify_all();
    }
    void await_step(int number) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return computing >= number; });
    }
  };

  FakeModel(std::shared_ptr<Watch> watch, EngineInfo info) : watch_(std::move(watch)), info_(std::move(info)) {
    for (Token token = 0; token < 256; ++token) bytes_.push_back(std::string(1, static_cast<char>(token)));
    bytes_.emplace_back();
    words_.emplace(grammar::Vocabulary(bytes_), std::vector<Token>{end});
  }

  EngineInfo info() const override { return info_; }
  Result<Prompt> prompt_of(const Chat& chat) const override {
    Prompt prompt;
    for (const Message& message : chat.conversation) {
      for (char c : text_of(message)) prompt.tokens.push_back(static_cast<unsigned char>(c));
    }
    return prompt;
  }
  std::vector<Token> tokens_of(std::string_view text, Reading) const override {
    std::vector<Token> tokens;
    for (char c : text) tokens.push_back(static_cast<unsigned char>(c));
    return tokens;
  }
  Result<std::vector<Token>> gap_of(std::string_view before, std::string_view after) const override {
    return tokens_of(std::string(before) + "|" + std::string(after), {});
  }
  bool begins_texts(Token) const override { return false; }
  const AnswerForm& answer_form() const override { return form_; }
  const Words& words() const override { return *words_; }
  std::string_view bytes_of(Token token) const override { return bytes_[static_cast<std::size_t>(token)]; }
  bool ends_answer(Token token) const override { return token == end; }
  std::uint32_t longest_token_bytes() const override { return 1; }
  std::uint32_t vocabulary() const override { return end + 1; }

  std::unique_ptr<TokenChooser> chooser(const Sampling&, std::uint32_t, std::span<const Token> prompt) const override {
    struct Speller final : TokenChooser {
      std::vector<Token> text;
      std::size_t said = 0;
      Token choose(std::span<const float> logits, const Allowed* allowed) override {
        // The logits' first number is the position they belong to: what the engine asks for must be the newest.
        EXPECT_EQ(static_cast<std::size_t>(logits[0]), text.size() - 1 + said);
        Token next = said < text.size() ? text[said] : end;
        ++said;
        if (!allowed || allowed->allows(next)) return next;
        // What it would say is not allowed: the first token that is.
        std::vector<float> others(end + 1);
        allowed->strike_out_others(others);
        auto first = std::ranges::find(others, 0.0F);
        return first == others.end() ? -1 : static_cast<Token>(first - others.begin());
      }
    };
    auto speller = std::make_unique<Speller>();
    speller->text.assign(prompt.begin(), prompt.end());
    return speller;
  }

  Result<std::uint32_t> adapter(std::string_view name) const override {
    if (name != "a" && name != "b") return fail(ErrorCode::not_found, "There is no such adapter.");
    return name == "a" ? 1 : 2;
  }
  void use_adapter(std::uint32_t number) override {
    EXPECT_NE(number, adapter_) << "changed for nothing";
    adapter_ = number;
  }

  Computed compute(std::span<const BatchToken> batch, const std::function<bool()>& abort) override {
    EXPECT_LE(batch.size(), most_batch());
    EXPECT_FALSE(batch.empty());
    std::unique_lock lock(watch_->mutex);
    watch_->steps.emplace_back(batch.begin(), batch.end());
    watch_->adapters.push_back(adapter_);
    ++watch_->computing;
    watch_->changed.notify_all();
    while (!watch_->gate_open) {
      if (abort()) return Computed::aborted;
      watch_->changed.wait_for(lock, std::chrono::milliseconds(1));
    }
    if (watch_->step_time.count() > 0) {
      lock.unlock();
      std::this_thread::sleep_for(watch_->step_time);
      lock.lock();
    }
    if (std::exchange(watch_->fail_next, false)) return Computed::failed;
    logits_.assign(batch.size(), {});
    batch_.assign(batch.begin(), batch.end());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const BatchToken& token = batch[i];
      EXPECT_LT(token.sequence, info_.sequences);
      std::int32_t& length = lengths_[token.sequence];
      EXPECT_EQ(token.position, length) << "sequence " << token.sequence;
      if (length == 0) adapters_[token.sequence] = adapter_;
      EXPECT_EQ(adapters_[token.sequence], adapter_) << "sequence " << token.sequence;
      ++length;
      EXPECT_LE(length, static_cast<std::int32_t>(info_.context_tokens));
      if (!token.wants_logits) continue;
      logits_[i] = std::vector<float>(vocabulary(), static_cast<float>(token.position));
      if (watch_->likeliest) {
        auto likeliest = static_cast<std::size_t>(watch_->likeliest(token.position));
        logits_[i][likeliest] = static_cast<float>(token.position + 20);
      }
    }
    return Computed::done;
  }
  std::uint32_t most_batch() const override { return 16; }
  std::span<const float> logits(std::size_t index) override { return logits_[index]; }
  void give_vectors(bool wanted) override { gives_vectors_ = wanted; }
  // As many numbers as there are bytes, with a one where the token stands: a text's vector counts its letters.
  std::span<const float> vector(std::size_t index) override {
    EXPECT_TRUE(gives_vectors_);
    vector_.assign(256, 0);
    vector_[static_cast<std::size_t>(batch_.at(index).token)] = 1;
    return vector_;
  }
  Pooling pooling() const override { return Pooling::mean; }
  void copy(std::uint32_t from, std::uint32_t to) override {
    EXPECT_EQ(lengths_[to], 0) << "a sequence was not forgotten before it was used again";
    lengths_[to] = lengths_[from];
    adapters_[to] = adapters_[from];
  }
  void forget(std::uint32_t sequence) override { lengths_[sequence] = 0; }
  void shorten(std::uint32_t sequence, std::uint32_t tokens) override {
    EXPECT_LE(tokens, lengths_[sequence]);
    lengths_[sequence] = static_cast<std::int32_t>(tokens);
  }
  bool can_shorten() const override { return true; }
  std::vector<std::uint8_t> save(std::uint32_t sequence) override {
    EXPECT_GT(lengths_[sequence], 0) << "nothing to save";
    std::lock_guard lock(watch_->mutex);
    ++watch_->saved;
    return std::vector<std::uint8_t>(static_cast<std::size_t>(lengths_[sequence]),
                                     static_cast<std::uint8_t>(adapters_[sequence]));
  }
  bool restore(std::uint32_t sequence, std::span<const std::uint8_t> state, std::uint32_t tokens) override {
    EXPECT_EQ(lengths_[sequence], 0) << "a sequence was not forgotten before it was used again";
    EXPECT_LE(tokens, state.size()) << "more is put back than was saved";
    lengths_[sequence] = static_cast<std::int32_t>(tokens);
    adapters_[sequence] = state.front();
    std::lock_guard lock(watch_->mutex);
    ++watch_->restored;
    return true;
  }

 private:
  std::shared_ptr<Watch> watch_;
  EngineInfo info_;
  std::vector<std::string> bytes_;
  AnswerForm form_ = hermes_form();
  std::optional<Words> words_;
  std::map<std::uint32_t, std::int32_t> lengths_;
  std::map<std::uint32_t, std::uint32_t> adapters_;  // of each sequence
  std::uint32_t adapter_ = 0;
  std::vector<std::vector<float>> logits_;
  std::vector<BatchToken> batch_;
  bool gives_vectors_ = false;
  std::vector<float> vector_;
};

}  // namespace entente::local
