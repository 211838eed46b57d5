// entente doctor: looks at everything a server would need here and says how to mend what is wrong. Changes nothing.
#include <algorithm>
#include <cstdio>
#include <format>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/commands/commands.hpp"
#include "app/commands/verify.hpp"
#include "app/paths.hpp"
#include "app/reports/checkup.hpp"
#include "app/reports/layout_report.hpp"
#include "app/server/running.hpp"
#include "app/terminal/output.hpp"
#include "audit/log/log.hpp"
#include "local/libllama/backend.hpp"
#include "models/gguf.hpp"
#include "models/model_store.hpp"
#include "net/server.hpp"
#include "store/store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

namespace fs = std::filesystem;
using Level = Finding::Level;

class Examination {
 public:
  explicit Examination(const config::Loaded& loaded)
      : config_(loaded.config), state_(state_dir(config_)), models_(models_dir(config_)), machine_(look_at_machine()) {}

  Findings run() {
    look_at_folder(state_, "state");
    look_at_server();
    look_at_keys();
    look_at_folder(models_.folder(), "models");
    look_at_models();
    add(check_processor(machine_, local::describe_backends()));
    add(check_devices(local::devices(), config_));
    add(check_memory(machine_, needs_));
    add(check_limits(machine_, config_));
    look_at_disk();
    look_at_addresses();
    add(check_exposure(config_));
    look_at_tls();
    look_at_secrets();
    look_at_witnesses();
    add(check_clock(system_clock().now()));
    return std::move(findings_);
  }

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  void add(Findings more) { findings_.append_range(std::move(more)); }

  static fs::path nearest_existing(fs::path folder) {
    std::error_code failure;
    while (!fs::exists(folder, failure) && folder.has_relative_path()) folder = folder.parent_path();
    return folder;
  }

  void look_at_folder(const fs::path& folder, std::string area) {
    fs::path there = nearest_existing(folder);
    if (!fs::is_directory(there) || access(there.c_str(), W_OK | X_OK) != 0) {
      add({.level = Level::wrong,
           .area = std::move(area),
           .says = std::format("{} cannot be written by this user.", there.string()),
           .mend = std::format(
               "Give this user the right, or choose another folder: {}.",
               folder == state_ ? "server.state_dir or ENTENTE_STATE" : "engine.models_dir or ENTENTE_MODELS")});
    } else if (there == folder) {
      add({.area = std::move(area), .says = std::format("{} can be written.", folder.string())});
    } else {
      add({.area = std::move(area), .says = std::format("{} will be made when it is needed.", folder.string())});
    }
  }

  void look_at_server() {
    int fd = ::open((state_ / "server.lock").c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    served_ = ::flock(fd, LOCK_EX | LOCK_NB) != 0;
    ::close(fd);
    if (!served_) return;
    auto running = find_running(state_);
    add({.area = "server",
         .says = running ? std::format("A server runs from this folder (process {}).", running->process)
                         : "A server runs from this folder."});
  }

  void look_at_keys() {
    std::error_code failure;
    if (!fs::exists(state_ / "entente.db", failure)) {
      add({.area = "keys",
           .says = "No server ran from this folder yet, so there are no keys; `entente up` makes the first."});
      return;
    }
    auto keys = [&]() -> Result<std::vector<store::Key>> {
      TRY_ASSIGN(auto store, store::Store::open(state_, store::Store::Role::tool, system_clock()));
      return store->list_keys();
    }();
    if (!keys) {
      add({.level = Level::wrong,
           .area = "store",
           .says = keys.error().message,
           .mend = std::format("Put {} back from a backup, or move it away to begin anew.",
                               (state_ / "entente.db").string())});
      return;
    }
    auto valid = std::ranges::count_if(*keys, [](const store::Key& key) { return !key.revoked; });
    if (valid > 0) {
      add({.area = "keys", .says = std::format("{} valid key{}.", valid, valid == 1 ? "" : "s")});
    } else {
      add({.level = Level::worth_saying,
           .area = "keys",
           .says = "There is no valid key, so nobody can use the server.",
           .mend = "`entente keys create NAME` makes one."});
    }
  }

  void look_at_models() {
    auto installed = models_.list();
    if (!installed) {
      add({.level = Level::wrong,
           .area = "models",
           .says = installed.error().message,
           .mend = "Check the folder's rights."});
      return;
    }
    for (const models::Installed& model : *installed) look_at_model(model);
    for (const std::string& name : models_.damaged()) {
      add({.level = Level::wrong,
           .area = "models",
           .says = std::format("{} is listed, but its file is missing or has another size.", name),
           .mend = std::format("Fetch or import it again under the name {}.", name)});
    }
    for (const Deployment& deployment : config_.deployments) {
      if (deployment.provider != "local" || models_.find(deployment.model)) continue;
      add({.level = Level::wrong,
           .area = "models",
           .says = std::format("The deployment {} needs the model {}, which is not installed.", deployment.name,
                               deployment.model),
           .mend = std::format("`entente models pull {}`, or `entente models import FILE --name {}`.", deployment.model,
                               deployment.model)});
    }
    if (installed->empty() && config_.deployments.empty()) {
      add({.level = Level::worth_saying,
           .area = "models",
           .says = "No model is installed.",
           .mend =
               "`entente models pull` fetches one, `entente models import FILE --name NAME` takes a file you have."});
    }
    look_at_unfinished();
  }

  void look_at_model(const models::Installed& model) {
    auto wanted = [&](const Deployment& d) { return d.provider == "local" && d.model == model.name; };
    needs_.push_back(
        {.name = model.name, .file_bytes = model.bytes, .wanted = std::ranges::any_of(config_.deployments, wanted)});
    auto info = models::inspect_gguf(model.path);
    if (!info) {
      add({.level = Level::wrong,
           .area = "models",
           .says = std::format("{}: {}", model.name, info.error().message),
           .mend = std::format("`entente models rm {}`, then fetch it again.", model.name)});
    } else if (!info->has_chat_template) {
      add({.level = Level::worth_saying,
           .area = "models",
           .says = std::format("{} has no chat template: it continues texts, but was not made to talk.", model.name),
           .mend = "Use the model's instruct or chat version."});
    } else {
      add({.area = "models",
           .says = std::format("{} is whole ({}, {}, {}).", model.name, info->architecture,
                               info->quantisation.empty() ? "unknown quantisation" : info->quantisation,
                               in_words(model.bytes))});
      look_at_layout(model.name, kernel_shares(*info));
    }
  }

  void look_at_layout(const std::string& model, const std::vector<KernelShare>& shares) {
    if (!lacks_kernels(shares)) return;
    add({.level = Level::worth_saying,
         .area = "models",
         .says = std::format("{} is packed in a way for which this processor has no special kernels: {}.", model,
                             in_words(shares)),
         .mend = std::format("`entente models tune {}` measures layouts that have them, and what they cost.", model)});
  }

  void look_at_unfinished() {
    std::uint64_t bytes = 0;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(models_.partial_folder(), failure)) {
      if (entry.path().extension() == ".part") bytes += entry.file_size(failure);
    }
    if (bytes == 0) return;
    add({.level = Level::worth_saying,
         .area = "models",
         .says = std::format("Unfinished downloads take {}.", in_words(bytes)),
         .mend = std::format("The same `entente models pull` goes on with them; or empty {}.",
                             models_.partial_folder().string())});
  }

  void look_at_disk() {
    std::vector<dev_t> seen;
    for (const fs::path& folder : {models_.folder(), state_}) {
      fs::path there = nearest_existing(folder);
      struct stat about{};
      std::error_code failure;
      auto room = fs::space(there, failure);
      if (failure || ::stat(there.c_str(), &about) != 0 || std::ranges::contains(seen, about.st_dev)) continue;
      seen.push_back(about.st_dev);
      add(check_disk(there.string(), room.available, folder == models_.folder()));
    }
  }

  void look_at_addresses() {
    for (const std::string& address : config_.server.listen) {
      Result<> free = net::can_listen(address);
      if (free) {
        add({.area = "listening", .says = std::format("{} is free.", address)});
      } else if (served_ && free.error().code == ErrorCode::conflict) {
        add({.area = "listening", .says = std::format("{} is in use, by the running server it seems.", address)});
      } else {
        add({.level = Level::wrong,
             .area = "listening",
             .says = free.error().message,
             .mend = "Or change server.listen."});
      }
    }
  }

  void look_at_tls() {
    if (config_.server.tls_certificate.empty()) return;
    auto certificate = net::inspect_certificate({config_.server.tls_certificate, config_.server.tls_key});
    if (certificate) {
      add(check_certificate(*certificate, system_clock().now()));
    } else {
      add({.level = Level::wrong,
           .area = "tls",
           .says = certificate.error().message,
           .mend = "Both are PEM files that the server's user can read; the key must belong to the certificate."});
    }
  }

  void look_at_secrets() {
    const config::Secret& secret = config_.telemetry.otlp_authorization;
    if (secret.empty()) return;
    if (auto value = secret.read(); !value) {
      add({.level = Level::wrong,
           .area = "secrets",
           .says = std::format("telemetry.otlp_authorization: {}", value.error().message),
           .mend = "Put it there, or remove the setting."});
    }
  }

  void look_at_witnesses() {
    if (config_.audit.quorum.empty()) return;
    auto policy = read_policy(config_.audit.quorum);
    if (!policy) {
      add({.level = Level::wrong,
           .area = "witnesses",
           .says = policy.error().message,
           .mend = "Mend the file that audit.quorum names: without it the server does not start."});
      return;
    }
    auto note = [&](const char* name) { return text_in(state_ / "log" / name).value_or(""); };
    add(check_witnesses(**policy, note(audit::checkpoint_path), note(audit::offered_path)));
  }

  const config::Config& config_;
  const fs::path state_;
  const models::ModelStore models_;
  const Machine machine_;
  Findings findings_;
  std::vector<ModelNeed> needs_;
  bool served_ = false;  // a server runs from the state folder
};

Findings examine(const Common& common) {
  std::map<std::string, std::string> variables;
  for (char** at = environ; *at; ++at) {
    std::string_view line(*at);
    variables.emplace(line.substr(0, line.find('=')), "");
  }
  Findings findings = check_environment(variables);
  auto loaded = config::load_file(common.config_file);
  if (!loaded) {
    // Without it nobody knows where to look for the rest.
    findings.insert(findings.begin(), {.level = Level::wrong,
                                       .area = "configuration",
                                       .says = loaded.error().message,
                                       .mend = "Mend the file, then run this again: the rest depends on it."});
    return findings;
  }
  std::string file =
      loaded->file.empty() ? "No file is used: everything has its default." : loaded->file.string() + " is good.";
  findings.insert(findings.begin(), {.area = "configuration", .says = std::move(file)});
  findings.append_range(Examination(*loaded).run());
  return findings;
}

std::string_view word_of(Level level) {
  return level == Level::good ? "good" : level == Level::worth_saying ? "worth_saying" : "wrong";
}

void print(const Findings& findings, bool wrong) {
  bool colour = colour_wanted(STDOUT_FILENO);
  for (const Finding& finding : findings) {
    std::string_view mark = finding.level == Level::good ? "✓" : finding.level == Level::worth_saying ? "!" : "✗";
    std::string_view paint = finding.level == Level::good           ? "\x1b[32m"
                             : finding.level == Level::worth_saying ? "\x1b[33m"
                                                                    : "\x1b[31m";
    std::string shown = colour ? std::format("{}{}\x1b[0m", paint, mark) : std::string(mark);
    std::printf("%s %-14s %s\n", shown.c_str(), finding.area.c_str(), finding.says.c_str());
    if (!finding.mend.empty()) std::printf("  %-14s → %s\n", "", finding.mend.c_str());
  }
  std::printf("\n%s\n", wrong ? "Something is wrong: see the lines with ✗." : "Nothing is wrong.");
}

}  // namespace

int doctor(const Common& common) {
  Findings findings = examine(common);
  bool wrong = std::ranges::contains(findings, Level::wrong, &Finding::level);
  if (!common.json) {
    print(findings, wrong);
    return wrong ? 1 : 0;
  }
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("ok").boolean(!wrong).key("findings").begin_array();
  for (const Finding& finding : findings) {
    json.begin_object().key("level").string(word_of(finding.level)).key("area").string(finding.area);
    json.key("says").string(finding.says).key("mend").string(finding.mend).end_object();
  }
  json.end_array().end_object();
  std::printf("%s\n", out.c_str());
  return wrong ? 1 : 0;
}

}  // namespace entente::app
