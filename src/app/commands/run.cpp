// entente run: a conversation with a model of this machine, in the terminal.
//
// The engine runs in this process and is used directly, past the gateway: whoever can run this can read the model file
// and the store anyway, there is no key to charge, nothing leaves the machine, and no server need be stopped or
// started. So these answers are neither counted nor recorded; what is to be counted goes through `entente serve`.
#include <chrono>
#include <cstdio>
#include <format>

#include <sys/stat.h>
#include <unistd.h>

#include "app/commands/commands.hpp"
#include "app/paths.hpp"
#include "app/terminal/interrupt.hpp"
#include "app/terminal/line_editor.hpp"
#include "app/terminal/local_chat.hpp"
#include "app/terminal/output.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/suggest.hpp"
#include "models/gguf.hpp"
#include "models/model_store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t most_piped_bytes = 16 * 1024 * 1024;

void print_piece(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

using ModelFile = LocalChat::ModelFile;

// An installed model, or a GGUF file named by its path.
Result<ModelFile> file_of(const config::Config& config, const std::string& model) {
  std::error_code failure;
  if ((model.contains('/') || model.ends_with(".gguf")) && std::filesystem::is_regular_file(model, failure)) {
    TRY(models::inspect_gguf(model));
    return ModelFile{.path = model, .sampling = {}};
  }
  TRY_ASSIGN(models::Installed found, models::ModelStore(models_dir(config)).find(model));
  return ModelFile{.path = found.path, .sampling = found.sampling};
}

// A pipe or a file, not a terminal, /dev/null or a socket that a service manager left there.
bool something_is_piped_in() {
  struct stat found{};
  return fstat(STDIN_FILENO, &found) == 0 && (S_ISFIFO(found.st_mode) || S_ISREG(found.st_mode));
}

Result<std::string> read_piped() {
  std::string out;
  char piece[64 * 1024];
  while (std::size_t n = std::fread(piece, 1, sizeof piece, stdin)) {
    out.append(piece, n);
    if (out.size() > most_piped_bytes) {
      return fail(ErrorCode::too_large,
                  std::format("More than {} came on standard input.", in_words(most_piped_bytes)));
    }
  }
  while (out.ends_with('\n') || out.ends_with('\r')) out.pop_back();
  if (find_invalid_utf8(out) != std::string::npos) {
    return fail(ErrorCode::invalid_request, "What came on standard input is no text: it is not UTF-8.");
  }
  return out;
}

// The prompt of a single question: the argument, what is piped in, or one below the other ("Summarise this:" + a file).
Result<std::string> single_prompt(const std::string& argument) {
  if (!something_is_piped_in()) return argument;
  TRY_ASSIGN(std::string piped, read_piped());
  if (argument.empty()) return piped;
  return piped.empty() ? argument : argument + "\n\n" + piped;
}

void print_json(const std::string& model, const Reply& reply, std::chrono::microseconds load) {
  auto ms = [](std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; };
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("model").string(model).key("text").string(reply.text);
  json.key("finish_reason").string(reply.stopped ? "stopped" : to_string(reply.finish));
  json.key("usage").begin_object().key("prompt_tokens").number(reply.usage.prompt_tokens);
  json.key("completion_tokens").number(reply.usage.completion_tokens).end_object();
  json.key("load_ms").number(ms(load)).key("first_token_ms").number(ms(reply.first_token));
  json.key("ms").number(ms(reply.whole)).end_object();
  std::printf("%s\n", out.c_str());
}

int answer_once(LocalChat& chat, const Common& common, const std::string& model, const std::string& prompt,
                std::chrono::microseconds load, const std::stop_token& stop) {
  WaitingLine waiting("Waiting for the first word");
  auto reply = chat.say(
      {said(Role::user, prompt)},
      [&](std::string_view text) {
        waiting.done();
        if (!common.json) print_piece(text);
      },
      stop);
  waiting.done();
  if (!reply) return report(reply.error(), common.json);
  common.json ? print_json(model, *reply, load) : print_piece("\n");
  return reply->stopped ? 130 : 0;
}

class Talk {
 public:
  Talk(LocalChat& chat, Interrupt& interrupt) : chat_(chat), interrupt_(interrupt), editor_(commands_) {}

  void run() {
    std::printf("%s\n", dim(std::format("{}. /help says what can be done; Ctrl-C stops an answer, Ctrl-D leaves.",
                                        chat_.info().description),
                            STDOUT_FILENO)
                            .c_str());
    while (auto line = editor_.read()) {
      if (line->find_first_not_of(" \t\n") == std::string::npos) continue;
      if (!is_command(*line)) {
        say(*line);
      } else if (!obey(*line)) {
        return;
      }
    }
  }

 private:
  // "/help", but not "/usr/bin is what?".
  static bool is_command(const std::string& text) {
    return text.starts_with('/') && text.find('/', 1) == std::string::npos && !text.contains('\n');
  }

  bool obey(const std::string& text) {
    std::string word = text.substr(0, text.find(' '));
    if (word == "/bye" || word == "/exit" || word == "/quit") return false;
    if (word == "/clear") {
      conversation_.clear();
      std::printf("%s\n", dim("A new conversation.", STDOUT_FILENO).c_str());
    } else if (word == "/help" || word == "/?") {
      std::printf(
          "  /clear   begin a new conversation\n  /bye     leave (Ctrl-D too)\n  Ctrl-C   stop the answer\n"
          "  F1       keys for editing; a line that ends in \\ goes on in the next\n");
    } else {
      std::string near = nearest_name(word, commands_);
      std::printf("There is no %s. %s\n", word.c_str(),
                  near.empty() ? "/help lists what there is." : std::format("Did you mean {}?", near).c_str());
    }
    return true;
  }

  void say(const std::string& text) {
    conversation_.push_back(said(Role::user, text));
    WaitingLine waiting("Waiting for the first word");
    auto reply = chat_.say(
        conversation_,
        [&](std::string_view piece) {
          waiting.done();
          print_piece(piece);
        },
        interrupt_.token());
    waiting.done();
    if (!reply) {
      conversation_.pop_back();  // it can be put again, shorter
      bool full = reply.error().code == ErrorCode::context_too_long && !conversation_.empty();
      std::printf("%s%s\n\n", reply.error().message.c_str(), full ? " /clear begins a new conversation." : "");
      return;
    }
    std::string_view remark = reply->stopped                          ? " (stopped)"
                              : reply->finish == FinishReason::length ? " (cut at the longest length)"
                                                                      : "";
    std::printf("%s\n\n", remark.empty() ? "" : dim(remark, STDOUT_FILENO).c_str());
    if (reply->text.empty()) {
      conversation_.pop_back();
    } else {
      conversation_.push_back(said(Role::assistant, std::move(reply->text)));
    }
  }

  const std::vector<std::string> commands_{"/help", "/clear", "/bye"};
  LocalChat& chat_;
  Interrupt& interrupt_;
  LineEditor editor_;
  Conversation conversation_;
};

}  // namespace

int run_model(const Common& common, const RunOptions& options) {
  auto loaded = config::load_file(common.config_file);
  if (!loaded) return report(loaded.error(), common.json);
  log::set_up(log::Level::warning, log::Form::automatic);

  auto prompt = single_prompt(options.prompt);
  if (!prompt) return report(prompt.error(), common.json);
  if (prompt->empty() && (common.json || !is_terminal(STDIN_FILENO))) {
    return report({.code = ErrorCode::invalid_request,
                   .message = "There is no prompt. Give one behind the model's name, or pipe it in."},
                  common.json);
  }

  Interrupt interrupt;
  Steady::time_point begin = Steady::now();
  auto chat = [&]() -> Result<LocalChat> {
    TRY_ASSIGN(ModelFile file, file_of(loaded->config, options.model));
    LocalChat::Manner manner{.sampling = {.temperature = options.temperature, .seed = options.seed},
                             .max_tokens = options.max_tokens};
    return LocalChat::load(file, loaded->config.engine, std::move(manner), interrupt.token());
  }();
  if (!chat) return report(chat.error(), common.json);
  auto load = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin);
  if (!prompt->empty()) return answer_once(*chat, common, options.model, *prompt, load, interrupt.token());
  Talk(*chat, interrupt).run();
  return 0;
}

}  // namespace entente::app
