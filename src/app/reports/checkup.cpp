#include "app/reports/checkup.hpp"

#include <algorithm>
#include <format>

#include "app/terminal/output.hpp"
#include "audit/checkpoints/checkpoint.hpp"
#include "base/suggest.hpp"
#include "net/listen_address.hpp"

namespace entente::app {

namespace {

using Level = Finding::Level;

constexpr std::uint64_t megabyte = 1'000'000, gigabyte = 1'000'000'000;

// Weights, and what one conversation and the library need besides: an estimate, so it only warns.
std::uint64_t memory_of(const ModelNeed& model) { return model.file_bytes + model.file_bytes / 10 + 200 * megabyte; }

std::string day(Instant instant) { return to_rfc3339(instant).substr(0, 10); }

}  // namespace

Finding check_processor(const Machine& machine, const std::string& backends) {
  std::string name = machine.processor.empty() ? "This processor" : machine.processor;
  std::string says = std::format("{}, {} core{}; ggml computes with {}.", name, machine.cores,
                                 machine.cores == 1 ? "" : "s", backends.empty() ? "nothing" : backends);
  if (backends.empty()) {
    return {.level = Level::wrong,
            .area = "processor",
            .says = std::move(says),
            .mend = "No ggml back end was found: install libggml0, or check GGML_BACKEND_PATH."};
  }
  bool vectors =
      std::ranges::any_of(machine.features, [](const std::string& f) { return f == "avx2" || f == "asimd"; });
  if (!machine.features.empty()) says += std::format(" It has {}.", joined(machine.features));
  if (!vectors) {
    return {.level = Level::worth_saying,
            .area = "processor",
            .says = std::move(says),
            .mend =
                "Without AVX2 (or NEON) models run several times slower. In a virtual machine, pass the host's "
                "processor through."};
  }
  return {.area = "processor", .says = std::move(says)};
}

Finding check_devices(const std::vector<local::Device>& devices, const config::Config& config) {
  std::uint32_t wished = config.engine.gpu_layers.value_or(0);
  if (devices.empty() && wished > 0) {
    return {
        .level = Level::worth_saying,
        .area = "devices",
        .says = std::format("engine.gpu_layers is {}, but ggml finds no device beside the processor.", wished),
        .mend = "Install the back end for the card (libggml0-backend-vulkan) and its driver, or remove the setting."};
  }
  std::string says;
  for (const local::Device& device : devices) {
    says += std::format("{}{} ({}), {} of memory free", says.empty() ? "" : "; ", device.name, device.description,
                        in_words(device.free_bytes));
  }
  if (says.empty()) says = "No device beside the processor is found: models are computed on it";
  return {.area = "devices", .says = says + "."};
}

Findings check_memory(const Machine& machine, std::span<const ModelNeed> models) {
  std::uint64_t left = machine.memory_left();
  Findings out;
  std::uint64_t wanted = 0;
  for (const ModelNeed& model : models) {
    if (model.wanted) wanted += memory_of(model);
    if (memory_of(model) <= left) continue;
    bool ever = memory_of(model) <= std::min(machine.memory, machine.memory_limit.value_or(UINT64_MAX));
    out.push_back({.level = model.wanted && !ever ? Level::wrong : Level::worth_saying,
                   .area = "memory",
                   .says = std::format("{} needs about {}, and {} of memory is free.", model.name,
                                       in_words(memory_of(model)), in_words(left)),
                   .mend = ever ? "End other programs before it is loaded, or use a smaller quantisation."
                                : "This machine is too small for it: use a smaller model or quantisation."});
  }
  if (out.empty() && wanted > left) {
    out.push_back({.level = Level::worth_saying,
                   .area = "memory",
                   .says = std::format("The configured models together need about {}, and {} of memory is free.",
                                       in_words(wanted), in_words(left)),
                   .mend = "Configure fewer models here, or use smaller quantisations."});
  }
  if (out.empty()) {
    out.push_back({.area = "memory",
                   .says = std::format("{} of {} is free.", in_words(left),
                                       in_words(std::min(machine.memory, machine.memory_limit.value_or(UINT64_MAX))))});
  }
  return out;
}

Findings check_limits(const Machine& machine, const config::Config& config) {
  Findings out;
  if (machine.memory_limit && *machine.memory_limit < machine.memory) {
    out.push_back({.level = Level::good,
                   .area = "container",
                   .says = std::format("Memory is limited to {} of the machine's {}.", in_words(*machine.memory_limit),
                                       in_words(machine.memory))});
  }
  if (machine.cpu_quota && *machine.cpu_quota < machine.cores) {
    auto whole = std::max(1U, static_cast<unsigned>(*machine.cpu_quota));
    bool told = config.engine.threads > 0 && config.engine.threads <= whole;
    out.push_back({.level = told ? Level::good : Level::worth_saying,
                   .area = "container",
                   .says = std::format("The processor quota is {:.1f} of {} cores.", *machine.cpu_quota, machine.cores),
                   .mend = told
                               ? ""
                               : std::format("More threads than the quota only wait for each other: set engine.threads "
                                             "= {}, or give the container whole cores.",
                                             whole)});
  }
  std::uint64_t needed = std::uint64_t{config.server.limits.connections} + 200;
  if (machine.open_files < needed) {
    out.push_back({.level = Level::worth_saying,
                   .area = "open files",
                   .says = std::format("This process may open {} files, and {} connections are allowed.",
                                       machine.open_files, config.server.limits.connections),
                   .mend = std::format("Raise the limit (ulimit -n {}, or LimitNOFILE= in systemd), or lower "
                                       "server.limits.connections.",
                                       needed)});
  }
  return out;
}

Finding check_disk(const std::string& folder, std::uint64_t free_bytes, bool for_models) {
  std::string says = std::format("{} is free in {}.", in_words(free_bytes), folder);
  if (free_bytes < 100 * megabyte) {
    return {.level = Level::wrong,
            .area = "disk",
            .says = std::move(says),
            .mend = "Free some room: with a full disk every request is refused, because nothing can be recorded."};
  }
  if (for_models && free_bytes < 2 * gigabyte) {
    return {.level = Level::worth_saying,
            .area = "disk",
            .says = std::move(says),
            .mend = "Larger models will not fit; set engine.models_dir to a roomier disk."};
  }
  return {.area = "disk", .says = std::move(says)};
}

Finding check_clock(Instant now) {
  using namespace std::chrono;
  constexpr Instant earliest = sys_days(year(2026) / 1 / 1), latest = sys_days(year(2100) / 1 / 1);
  if (now >= earliest && now < latest)
    return {.area = "clock", .says = std::format("It is {} UTC.", to_rfc3339(now).substr(0, 16))};
  return {.level = Level::wrong,
          .area = "clock",
          .says = std::format("The clock says {}.", day(now)),
          .mend = "Set it (timedatectl set-ntp true): certificates, links and records depend on it."};
}

Finding check_certificate(const net::CertificateInfo& certificate, Instant now) {
  std::string subject = certificate.subject.empty() ? "The certificate" : "The certificate of " + certificate.subject;
  if (now < certificate.not_before) {
    return {.level = Level::wrong,
            .area = "tls",
            .says = std::format("{} is good from {} on only.", subject, day(certificate.not_before)),
            .mend = "Check the clock, or use another certificate."};
  }
  if (now >= certificate.not_after) {
    return {.level = Level::wrong,
            .area = "tls",
            .says = std::format("{} expired on {}.", subject, day(certificate.not_after)),
            .mend = "Renew it, then `entente config reload`: no connection is dropped."};
  }
  if (certificate.not_after - now < std::chrono::days(14)) {
    return {.level = Level::worth_saying,
            .area = "tls",
            .says = std::format("{} expires on {}.", subject, day(certificate.not_after)),
            .mend = "Renew it, then `entente config reload`: no connection is dropped."};
  }
  return {.area = "tls", .says = std::format("{} is good until {}.", subject, day(certificate.not_after))};
}

Findings check_environment(const std::map<std::string, std::string>& variables) {
  // From ENTENTE_CACHE on they are those of ./dev and the tests.
  static const std::vector<std::string> known = {
      "ENTENTE_CONFIG", "ENTENTE_STATE",    "ENTENTE_MODELS", "ENTENTE_DEFAULT_MODEL", "ENTENTE_CACHE",
      "ENTENTE_MIRROR", "ENTENTE_REVISION", "ENTENTE_JOBS",   "ENTENTE_INSIDE",        "ENTENTE_TEST_MODEL"};
  Findings out;
  std::vector<std::string> used;
  for (const auto& [name, value] : variables) {
    if (!name.starts_with("ENTENTE_")) continue;
    if (std::ranges::contains(known, name)) {
      used.push_back(name);
      continue;
    }
    std::string near = nearest_name(name, known);
    out.push_back({.level = Level::worth_saying,
                   .area = "environment",
                   .says = std::format("{} is set, but means nothing here.", name),
                   .mend = near.empty()
                               ? "Settings belong in the configuration file; `entente config explain` lists them."
                               : std::format("Did you mean {}?", near)});
  }
  if (!used.empty())
    out.push_back(
        {.area = "environment", .says = std::format("{} {} set.", joined(used), used.size() == 1 ? "is" : "are")});
  return out;
}

Finding check_witnesses(const audit::TlogPolicy& policy, const std::string& published, const std::string& offered) {
  auto entries = [](const std::string& note) -> std::uint64_t {
    auto parts = audit::split_note(note);
    auto checkpoint = parts ? audit::parse_checkpoint(parts->text) : std::unexpected(parts.error());
    return checkpoint ? checkpoint->tree.size : 0;
  };
  std::uint64_t there = entries(published), all = entries(offered);
  bool waits = published.empty() || all > there;
  const std::string& newest = waits ? offered : published;
  if (newest.empty()) return {.area = "witnesses", .says = "The log has no checkpoint yet."};
  auto verdict = audit::judge_quorum(policy, newest);
  if (!verdict) {
    return {.level = Level::wrong,
            .area = "witnesses",
            .says = verdict.error().message,
            .mend = "Compare the witness's key in the policy of audit.quorum with the one that it shows."};
  }
  std::vector<std::string> cosigned;
  cosigned.reserve(verdict->cosigned.size());
  for (const auto& one : verdict->cosigned) cosigned.push_back(one.witness);
  std::string by = cosigned.empty() ? "nobody" : joined(cosigned);
  if (!waits && verdict->met)
    return {.area = "witnesses",
            .says = std::format("The log's checkpoint of {} entries is cosigned by {}.", there, by)};
  return {.level = Level::worth_saying,
          .area = "witnesses",
          .says = std::format(
              "{} of the log's {} entries wait for witnesses: cosigned by {}, missing {}; {} are needed.",
              waits ? all - there : 0, std::max(all, there), by, joined(verdict->missing), policy.quorum_in_words()),
          .mend = "See that those servers run and list this log; the server's own log says why each did not cosign."};
}

Findings check_exposure(const config::Config& config) {
  Findings out;
  for (const std::string& text : config.server.listen) {
    auto address = net::parse_listen_address(text);
    if (!address || address->is_loopback()) continue;
    if (config.server.tls_certificate.empty()) {
      out.push_back({.level = Level::worth_saying,
                     .area = "listening",
                     .says = std::format("{} is reachable from other machines, without TLS.", text),
                     .mend = "Set server.tls.certificate and server.tls.key, or put a proxy with TLS in front."});
    }
    if (config.server.allowed_hosts.empty()) {
      out.push_back({.level = Level::worth_saying,
                     .area = "listening",
                     .says = std::format("{} is reachable from other machines, but under no name.", text),
                     .mend = "Requests that call this server by anything but a loopback name are refused: list its "
                             "names in server.allowed_hosts."});
    }
  }
  return out;
}

}  // namespace entente::app
