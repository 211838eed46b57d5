// entente up: from nothing to a served model, in front of the reader's eyes. Whatever goes wrong before the server
// listens ends it with one sentence; a question that fails does not: the server goes on and says why.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <thread>

#include <unistd.h>

#include "app/commands/commands.hpp"
#include "app/paths.hpp"
#include "app/server/first_key.hpp"
#include "app/server/running.hpp"
#include "app/server/serve.hpp"
#include "app/terminal/api_client.hpp"
#include "app/terminal/output.hpp"
#include "base/log.hpp"
#include "models/catalogue.hpp"
#include "models/model_store.hpp"
#include "net/listen_address.hpp"
#include "net/server.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

constexpr auto link_life = std::chrono::hours(1);

// What is asked for, and the model of this machine behind it (empty when another provider answers).
struct Target {
  std::string name;
  std::string installed_as;
};

Result<Target> target_of(const config::Config& config, const models::ModelStore& store, const std::string& wanted) {
  if (!config.models.empty()) {
    auto model = wanted.empty() ? config.models.begin() : std::ranges::find(config.models, wanted, &Model::name);
    if (model == config.models.end()) {
      return fail(ErrorCode::not_found,
                  std::format("The configuration names no model {}; [[models]] lists what is served.", wanted));
    }
    for (const Deployment& deployment : config.deployments) {
      if (deployment.name == model->deployments.front() && deployment.provider == "local") {
        return Target{.name = model->name, .installed_as = deployment.model};
      }
    }
    return Target{.name = model->name, .installed_as = {}};
  }
  if (!wanted.empty()) return Target{.name = wanted, .installed_as = wanted};
  std::string name(models::default_model);
  TRY_ASSIGN(std::vector<models::Installed> installed, store.list());
  bool there = std::ranges::contains(installed, name, &models::Installed::name);
  if (!there && !installed.empty() && !std::getenv("ENTENTE_DEFAULT_MODEL")) name = installed.front().name;
  return Target{.name = name, .installed_as = name};
}

Result<> install_if_missing(models::ModelStore& store, const std::string& name, std::filesystem::path file) {
  if (name.empty() || store.find(name)) return {};
  if (const char* given = std::getenv("ENTENTE_DEFAULT_MODEL");
      file.empty() && name == models::default_model && given && *given) {
    file = given;
  }
  if (file.empty()) {
    return fail(ErrorCode::not_found,
                std::format("The model {} is not installed. `entente models pull` fetches one; `entente up --model {} "
                            "--model-file FILE.gguf` installs one that you have.",
                            name, name));
  }
  const models::Known* known = models::find_known(name);
  ProgressBar bar(std::format("Installing {}", name));
  return store
      .import_file(file, name, std::filesystem::absolute(file).string(), known ? known->sha256 : "",
                   [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); })
      .transform([](const models::Installed&) {});
}

// The default address is a convenience, so another one does as well; one that somebody configured is what they want.
// Returns the address that was taken, or nothing.
std::string avoid_taken_port(config::Loaded& loaded) {
  constexpr int tries = 100;
  if (loaded.origins.contains("server.listen") || loaded.config.server.listen.size() != 1) return {};
  std::string& listen = loaded.config.server.listen.front();
  auto address = net::parse_listen_address(listen);
  if (!address || net::can_listen(listen)) return {};
  for (int i = 1; i <= tries; ++i) {
    std::string next = std::format("{}:{}", address->host, address->port + i);
    if (net::can_listen(next)) return std::exchange(listen, next);
  }
  return {};
}

// A log line for each request would run through the answer on the screen.
void keep_screen_readable(config::Loaded& loaded) {
  if (is_terminal(STDERR_FILENO) && !loaded.origins.contains("log.level")) loaded.config.log.level = "warning";
}

// One word for a POSIX shell.
std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The question that has just been answered: what is pasted should give an answer as good.
std::string curl_line(const std::string& url, const std::string& key, const std::string& model,
                      const std::string& question) {
  std::string body;
  wire::JsonWriter json(body);
  json.begin_object().key("model").string(model).key("temperature").number(std::int64_t{0});
  json.key("messages").begin_array().begin_object().key("role").string("user").key("content").string(question);
  json.end_object().end_array().end_object();
  return std::format("curl {} -H {} -H {} -d {}", url + "/v1/chat/completions",
                     shell_word("Authorization: Bearer " + key), shell_word("Content-Type: application/json"),
                     shell_word(body));
}

double milliseconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

// What the newcomer is shown once the server listens. Runs beside it on a thread of its own.
struct Welcome {
  std::string url, model, question, key, link, taken_address, state_folder;
  bool key_made = false;

  void show(const std::stop_token& stop) const;
  void show_json(const std::stop_token& stop) const;

 private:
  void say_who_answered(const Answered& answer) const;
};

void Welcome::say_who_answered(const Answered& answer) const {
  std::string where = answer.provider == "local" ? "on this machine" : std::format("by {}", answer.provider);
  std::string summary =
      std::format("Answered by {} ({}; {}).\n{} tokens in, {} out; first token after {:.0f} ms, all after {:.0f} ms",
                  model, where, answer.place.empty() ? "place not stated" : answer.place, answer.usage.prompt_tokens,
                  answer.usage.completion_tokens, milliseconds(answer.first_token), milliseconds(answer.whole));
  double writing = milliseconds(answer.whole - answer.first_token) / 1000;
  if (answer.usage.completion_tokens > 1 && writing > 0) {
    summary +=
        std::format(" ({:.0f} tokens a second)", static_cast<double>(answer.usage.completion_tokens - 1) / writing);
  }
  std::printf("%s\n", dim(summary + ".", STDOUT_FILENO).c_str());
}

void Welcome::show(const std::stop_token& stop) const {
  std::printf("Entente %s listens at %s\n", ENTENTE_VERSION,
              bold(url.empty() ? "a Unix socket" : url, STDOUT_FILENO).c_str());
  if (!taken_address.empty()) std::printf("(%s is taken by another program.)\n", taken_address.c_str());
  if (url.empty()) {
    std::printf("It listens on no TCP address, so no question is asked and there is no chat link.\nCtrl-C stops it.\n");
    std::fflush(stdout);
    return;
  }
  std::fflush(stdout);
  WaitingLine loading(std::format("Loading {}", model));
  Result<> ready = wait_until_ready(url, stop);  // so that the times below are the answer's alone
  loading.done();
  std::printf("\n%s\n", bold("> " + question, STDOUT_FILENO).c_str());
  std::fflush(stdout);
  WaitingLine waiting("Waiting for the first word");
  auto show_piece = [&](std::string_view text) {
    waiting.done();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  auto answer =
      ready ? ask(url, key, {.model = model, .text = question}, show_piece, stop) : std::move(ready).failure();
  waiting.done();
  if (stop.stop_requested()) {
    std::printf("\n");
    return;
  }
  std::printf("\n\n");
  if (answer) {
    say_who_answered(*answer);
  } else {
    std::printf("The question was not answered: %s\nThe server goes on.\n", answer.error().message.c_str());
  }
  std::printf("\nChat in the browser (the link works once, within an hour):\n  %s\n",
              bold(link, STDOUT_FILENO).c_str());
  std::printf("\nAsk from another terminal:\n  %s\n", curl_line(url, key, model, question).c_str());
  if (key_made) {
    std::printf("\n%s\n", dim(std::format("The key in it is kept in {}/first-key; `entente keys create` makes others.",
                                          state_folder),
                              STDOUT_FILENO)
                              .c_str());
  }
  std::printf("\nCtrl-C stops the server.\n");
  std::fflush(stdout);
}

void Welcome::show_json(const std::stop_token& stop) const {
  auto answer = [&]() -> Result<Answered> {
    if (url.empty()) return fail(ErrorCode::unsupported, "The server listens on no TCP address.");
    TRY(wait_until_ready(url, stop));
    return ask(url, key, {.model = model, .text = question}, {}, stop);
  }();
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("url").string(url).key("model").string(model).key("question").string(question);
  if (answer) {
    json.key("answer").string(answer->text).key("deployment").string(answer->deployment);
    json.key("provider").string(answer->provider).key("place").string(answer->place);
    json.key("usage").begin_object().key("prompt_tokens").number(answer->usage.prompt_tokens);
    json.key("completion_tokens").number(answer->usage.completion_tokens).end_object();
    json.key("first_token_ms").number(milliseconds(answer->first_token)).key("ms").number(milliseconds(answer->whole));
  } else {
    json.key("error").string(answer.error().message);
  }
  json.key("key")
      .string(key)
      .key("link")
      .string(link)
      .key("curl")
      .string(curl_line(url, key, model, question))
      .end_object();
  std::printf("%s\n", out.c_str());
  std::fflush(stdout);
}

Result<Target> prepare(config::Loaded& loaded, const UpOptions& options) {
  models::ModelStore store(models_dir(loaded.config));
  TRY_ASSIGN(Target target, target_of(loaded.config, store, options.model));
  TRY(install_if_missing(store, target.installed_as, options.model_file));
  keep_screen_readable(loaded);
  return target;
}

}  // namespace

int up(const Common& common, const UpOptions& options) {
  auto loaded = config::load_file(common.config_file);
  if (!loaded) return report(loaded.error(), common.json);
  auto target = prepare(*loaded, options);
  if (!target) return report(target.error(), common.json);

  Welcome welcome{.model = target->name, .question = options.question, .taken_address = avoid_taken_port(*loaded)};
  std::filesystem::path state = state_dir(loaded->config);
  std::jthread welcoming;
  return serve_until_told(
      std::move(*loaded),
      [&](RunningServer& server) -> Result<> {
        TRY_ASSIGN(FirstKey key, first_key(server.store(), state));
        TRY_ASSIGN(std::string token, server.store().create_link(key.id, link_life));
        welcome.url = reachable_url(server.addresses());
        welcome.key = key.secret;
        welcome.key_made = key.made;
        welcome.link = welcome.url.empty() ? "" : std::format("{}/#token={}", welcome.url, token);
        welcome.state_folder = state.string();
        welcoming = std::jthread([&welcome, json = common.json](const std::stop_token& stop) {
          json ? welcome.show_json(stop) : welcome.show(stop);
        });
        return {};
      },
      [&] { welcoming.request_stop(); });
}

}  // namespace entente::app
