#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/commands/completion.hpp"

namespace entente::app {

namespace {

using Action = std::function<int()>;

// Builds the tree of commands. Parsing a command sets `action` to what it does.
class CommandLine {
 public:
  CommandLine()
      : app_("One server for every model maker, your own models included, that can prove where every prompt went.",
             "entente") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--config", common_.config_file, "Configuration file")->type_name("FILE");
    app_.add_flag("--json", common_.json, "Print JSON, for programs");
    app_.set_help_all_flag("--help-all", "Help of every command");
    serving();
    keys();
    models();
    config();
    policies();
    proof();
    subjects();
    machine();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : 2;
    }
    return action_();
  }

 private:
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help, Action action) {
    CLI::App* made = parent.add_subcommand(name, help);
    made->callback([this, action = std::move(action)] { action_ = action; });
    return made;
  }

  CLI::App& group(const std::string& name, const std::string& help) {
    CLI::App* made = app_.add_subcommand(name, help);
    made->require_subcommand(1);
    made->fallthrough();
    return *made;
  }

  void serving() {
    command(app_, "serve", "Start the server", [this] { return serve(common_); });
    CLI::App* first = command(app_, "up", "Start the server, make a first key, ask a first question",
                              [this] { return up(common_, up_); });
    first->add_option("--model", up_.model, "The model that answers")->type_name("NAME");
    first->add_option("--model-file", up_.model_file, "Installed under that name if the model is not there yet")
        ->type_name("FILE");
    first->add_option("--question", up_.question, "What is asked")->type_name("TEXT")->capture_default_str();
    CLI::App* run =
        command(app_, "run", "Talk to a model in the terminal", [this] { return run_model(common_, run_); });
    run->add_option("MODEL", run_.model, "An installed model")->required();
    run->add_option("PROMPT", run_.prompt, "One question; without it a conversation, or the prompt from a pipe");
    run->add_option("--temperature", run_.temperature,
                    "0: always the likeliest word; else what the model's maker recommends")
        ->check(CLI::Range(0.0, 2.0));
    run->add_option("--max-tokens", run_.max_tokens, "The longest answer")->check(CLI::PositiveNumber);
    run->add_option("--seed", run_.seed, "The same seed gives the same answer");
  }

  void keys() {
    CLI::App& keys = group("keys", "Who may use the server");
    CLI::App* create = command(keys, "create", "Make a key; its secret is shown once",
                               [this] { return keys_create(common_, create_); });
    create->add_option("NAME", create_.name, "What you call it")->required();
    create->add_option("--tenant", create_.tenant, "Who pays")->capture_default_str();
    create->add_option("--project", create_.project, "What it is for")->capture_default_str();
    create->add_option("--label", create_.labels, "Put on all work sent with it; may be given several times");
    command(keys, "list", "All keys, without their secrets", [this] { return keys_list(common_); });
    CLI::App* revoke = command(keys, "revoke", "End a key, and the pages signed in with it",
                               [this] { return keys_revoke(common_, key_); });
    revoke->add_option("KEY", key_, "Its id or name")->required();
    CLI::App* link =
        command(keys, "link", "A link that signs a browser in, once", [this] { return keys_link(common_, key_); });
    link->add_option("KEY", key_, "Its id or name")->required();
    CLI::App* used = command(app_, "usage", "What each key used", [this] { return usage(common_, days_); });
    used->add_option("--days", days_, "How far back")->capture_default_str()->check(CLI::Range(1, 36500));
  }

  void models() {
    CLI::App& models = group("models", "Model files on this machine");
    command(models, "list", "What is installed", [this] { return models_list(common_); });
    CLI::App* pull =
        command(models, "pull", "Fetch a model and install it", [this] { return models_pull(common_, pull_); });
    pull->add_option("MODEL", pull_.what, "owner/repo/file.gguf or owner/repo:Q4_K_M on Hugging Face, a URL, or a file")
        ->required();
    pull->add_option("--name", pull_.name, "What to call it; else after the file")->type_name("NAME");
    pull->add_option("--sha256", pull_.sha256, "The hash it must have")->type_name("HEX");
    pull->add_flag("--allow-private", pull_.allow_private, "Addresses of the local network too");
    CLI::App* import =
        command(models, "import", "Install a GGUF file", [this] { return models_import(common_, file_, model_); });
    import->add_option("FILE", file_, "The file; it is copied")->required();
    import->add_option("--name", model_, "What to call it")->type_name("NAME")->required();
    CLI::App* show =
        command(models, "show", "What is known of a model", [this] { return models_show(common_, model_); });
    show->add_option("NAME", model_)->required();
    CLI::App* tune = command(models, "tune", "Measure other layouts of a model on this machine, and install one",
                             [this] { return models_tune(common_, tune_); });
    tune->add_option("NAME", tune_.name)->required();
    tune->add_option("--choose", tune_.choose, "The layout to install beside it: Q4_0, IQ4_NL, …")->type_name("LAYOUT");
    tune->add_option("--text", tune_.text_file, "A text file to judge by, in the language of your work")
        ->type_name("FILE");
    CLI::App* remove = command(models, "rm", "Remove a model", [this] { return models_remove(common_, model_); });
    remove->add_option("NAME", model_)->required();
  }

  void config() {
    CLI::App& config = group("config", "The configuration");
    command(config, "check", "Read it and name every mistake", [this] { return config_check(common_); });
    CLI::App* explain = command(config, "explain", "What a setting does; without KEY, all of them",
                                [this] { return config_explain(common_, key_); });
    explain->add_option("KEY", key_);
    CLI::App* show = command(config, "show", "What is in force", [this] { return config_show(common_, origin_); });
    show->add_flag("--origin", origin_, "And where each value comes from");
    command(config, "docs", "docs/configuration.md, from the definitions", [] { return config_docs(); });
    command(config, "reload", "Make the running server read it again", [this] { return config_reload(common_); });
  }

  void policies() {
    CLI::App& policy = group("policy", "Rules on where work may go");
    command(policy, "check", "What is in force, and what each policy says of each deployment",
            [this] { return policy_check(common_); });
    CLI::App* profiles = command(policy, "profiles", "Laws and norms that a policy may name; without NAME, all of them",
                                 [this] { return policy_profiles(common_, name_); });
    profiles->add_option("NAME", name_);
    CLI::App* registered =
        command(policy, "register", "What some providers say of themselves; without NAME, all of them",
                [this] { return policy_register(common_, name_); });
    registered->add_option("NAME", name_);
    CLI::App* labels = command(policy, "labels", "By which rules work is given labels; with FILE, what they find in it",
                               [this] { return policy_labels(common_, labels_); });
    labels->add_option("FILE", labels_.file, "A text; - reads what is typed or piped in");
    labels->add_option("--tenant", labels_.tenant, "Whose work it is, by name");
    labels->add_option("--project", labels_.project, "For which project");
    labels->add_option("--key", labels_.key, "With which key, by name");
    CLI::App* explain = command(policy, "explain", "What would be decided, and which rule refuses what",
                                [this] { return policy_explain(common_, explain_); });
    explain->add_option("MODEL", explain_.model)->required();
    explain->add_option("--label", explain_.labels, "A label of the work; may be repeated");
    explain
        ->add_option("--text", explain_.text, "A file whose text is asked about: labels that are found in it are added")
        ->type_name("FILE");
    explain->add_option("--policy", explain_.policies, "A policy that the client asks for; may be repeated");
    explain->add_option("--tenant", explain_.tenant, "Who asks, by name");
    explain->add_option("--project", explain_.project, "For which project");
    explain->add_option("--key", explain_.key, "With which key, by name");
    explain->add_option("--person", explain_.person, "For which person, as the client names them");
    explain->add_option("--on", explain_.on, "On which day, like 2026-10-01; today unless given");
    explain->add_flag("--tools", explain_.tools, "Tools are needed");
    explain->add_flag("--schema", explain_.schema, "An answer by a schema is needed");
    explain->add_flag("--vision", explain_.vision, "There are images to look at");
    CLI::App* simulate = command(policy, "simulate", "Past decisions by a changed configuration: what would change",
                                 [this] { return policy_simulate(common_, simulate_); });
    simulate->add_option("--with", simulate_.with, "The changed configuration")->type_name("FILE")->required();
    simulate->add_option("--days", simulate_.days, "How far back")->capture_default_str()->check(CLI::Range(1, 36500));
    simulate->add_option("RECEIPT", simulate_.receipts, "Receipts, instead of the decisions in this server's store");
    CLI::App* test = command(policy, "test", "Whether the cases of a file are decided as it expects",
                             [this] { return policy_test(common_, file_); });
    test->add_option("FILE", file_)->required();
  }

  void proof() {
    CLI::App* check =
        command(app_, "verify", "Whether a receipt holds; or whether a transparency log is what was signed, and whole",
                [this] { return verify(common_, verify_); });
    check->add_option(
        "WHAT", verify_.what,
        "A receipt, the head of a day, an erasure, an act of the operator, or the folder of a published log or of an "
        "export; else this server's own log");
    check->add_option("--key", verify_.key, "The log's public key, or a file that holds it")->type_name("KEY");
    check->add_option("--earlier", verify_.earlier, "A checkpoint kept from earlier: the log must continue it")
        ->type_name("FILE");
    check
        ->add_option("--from", verify_.from,
                     "With a log: the first entry that is still published, as its /log/retention says")
        ->type_name("ENTRY");
    check
        ->add_option("--log", verify_.log,
                     "With a receipt: the log's folder; what the receipt cites must have stood then")
        ->type_name("FOLDER");
    check
        ->add_option("--receipt", verify_.receipts,
                     "With the head of a day: a receipt that it must know of; may be repeated")
        ->type_name("FILE");
    check->add_option("--answer", verify_.answer, "With a receipt: the text that was answered")->type_name("FILE");
    check->add_option("--request", verify_.request, "With a receipt: the body that was sent")->type_name("FILE");
    check->add_option("--body", verify_.body, "With a receipt: the answer's body as it was received, whole or streamed")
        ->type_name("FILE");
    check->add_option("--stream", verify_.stream, "A stream as it was received, comments included: its signed heads")
        ->type_name("FILE");
    check
        ->add_option("--policy", verify_.policy,
                     "Which logs and witnesses you trust (C2SP tlog-policy): enough of them must have cosigned")
        ->type_name("FILE");
    check->add_flag("--replay", verify_.replay,
                    "With a receipt: decide again on what it discloses; it must come out the same");
    CLI::App& audit = group("audit", "What auditors ask for");
    CLI::App* registers =
        command(audit, "register", "Who had what processed where, as CSV: for the registers that laws ask for",
                [this] { return audit_register(common_, register_); });
    registers->add_option("--form", register_.form, "gdpr: art. 30; dora: the register of information")
        ->check(CLI::IsMember({"gdpr", "dora"}))
        ->capture_default_str();
    registers->add_option("--from", register_.from, "The first day, like 2026-10-01");
    registers->add_option("--to", register_.to, "The last day");
    CLI::App* exported = command(audit, "export", "All that is needed to check a tenant's days on another machine",
                                 [this] { return audit_export(common_, export_); });
    exported->add_option("FOLDER", export_.folder, "Where to; it is made")->required();
    exported->add_option("--tenant", export_.tenant, "Whose")->capture_default_str();
    exported->add_option("--from", export_.from, "The first day, like 2026-10-01");
    exported->add_option("--to", export_.to, "The last day; yesterday unless given");
    CLI::App& receipt = group("receipt", "Receipts that you hold");
    CLI::App* proofs =
        command(receipt, "proofs", "Its entries with their proofs, as other tools of transparency logs read them",
                [this] { return receipt_proofs(common_, proofs_); });
    proofs->add_option("RECEIPT", proofs_.receipt)->required();
    proofs->add_option("FOLDER", proofs_.folder, "Where to")->required();
    CLI::App* disclose = command(receipt, "disclose", "The same receipt with some of its candidates only, to pass on",
                                 [this] { return receipt_disclose(common_, disclose_); });
    disclose->add_option("RECEIPT", disclose_.receipt)->required();
    disclose->add_option("--only", disclose_.only, "A candidate that stays, by its deployment; may be repeated")
        ->type_name("NAME")
        ->required();
    disclose->add_flag("--without-policies", disclose_.without_policies, "Leave the texts of the policies out as well");
  }

  void subjects() {
    CLI::App& subjects = group("subjects", "Persons and keys whom records are about");
    command(subjects, "list", "Who they are, and how much is recorded", [this] { return subjects_list(common_); });
    auto one = [&](const char* name, const char* help, Action action, bool grounded) {
      CLI::App* made = command(subjects, name, help, std::move(action));
      made->add_option("NAME", subject_.name, "As `entente subjects list` shows it")->required();
      made->add_option("--tenant", subject_.tenant, "Whose")->capture_default_str();
      made->add_flag("--key", subject_.key, "NAME is a key, not a person");
      if (grounded) {
        made->add_option("--ground", subject_.ground, "Why, in words without a name: it is told to whom it concerns")
            ->required();
      }
    };
    one(
        "erase", "Destroy what is recorded of them for good; the log says that it was",
        [this] { return subjects_erase(common_, subject_); }, true);
    one(
        "hold", "Let nothing of theirs be erased or grow too old, as a court may ask",
        [this] { return subjects_hold(common_, subject_); }, true);
    one("release", "End a hold", [this] { return subjects_release(common_, subject_); }, false);
    CLI::App* offline = command(subjects, "offline-key", "Make a pair of keys for backups of their keys",
                                [this] { return subjects_offline_key(common_, backup_.file); });
    offline->add_option("FILE", backup_.file, "The private key, to be kept away from here; FILE.pub stays")->required();
    CLI::App* backup = command(subjects, "backup", "Their keys, sealed to an offline key",
                               [this] { return subjects_backup(common_, backup_); });
    backup->add_option("FILE", backup_.file, "Where to")->required();
    backup->add_option("--to", backup_.key, "The public key")->type_name("FILE")->required();
    CLI::App* restore =
        command(subjects, "restore", "Keys from a backup, but for what was erased since; no server may run",
                [this] { return subjects_restore(common_, backup_); });
    restore->add_option("FILE", backup_.file, "The backup")->required();
    restore->add_option("--with", backup_.key, "The private key")->type_name("FILE")->required();
  }

  void machine() {
    command(app_, "ps", "What the running server's models do now, and for whom", [this] { return ps(common_); });
    command(app_, "quotas", "What the running server's quotas allow, and how much of it is used",
            [this] { return quotas(common_); });
    CLI::App& route = group("route", "Where work would go");
    CLI::App* explain = command(route, "explain", "Who would be asked, in order, and why not the others",
                                [this] { return route_explain(common_, route_); });
    explain->add_option("MODEL", route_.model, "As a client would name it")->required();
    explain->add_flag("--tools", route_.tools, "Work with tools to call");
    explain->add_flag("--schema", route_.schema, "Work whose answer follows a schema");
    explain->add_flag("--vision", route_.vision, "Work with images");
    explain->add_option("--tokens", route_.tokens, "Tokens of the prompt")->check(CLI::Range(0, 100'000'000));
    CLI::App* deployments =
        app_.add_subcommand("deployments", "Where work can be sent, and how that goes at the moment");
    deployments->fallthrough();
    deployments->callback([this, deployments] {  // a command's own callback comes before its parent's
      if (deployments->get_subcommands().empty()) action_ = [this] { return deployments_list(common_); };
    });
    CLI::App* test = command(*deployments, "test", "Send the smallest possible request with each key",
                             [this] { return deployments_test(common_, deployment_); });
    test->add_option("NAME", deployment_, "A deployment")->required();
    command(app_, "doctor", "What is wrong with this machine or the configuration, and how to mend it",
            [this] { return doctor(common_); });
    command(app_, "version", "Versions of Entente and of what it runs on", [this] { return version(common_); });
    CLI::App* completion = command(app_, "completion", "Shell completion: entente completion bash > …",
                                   [this] { return print_completion(app_, shell_); });
    completion->add_option("SHELL", shell_)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  CLI::App app_;
  Common common_;
  UpOptions up_;
  RunOptions run_;
  CreateKey create_;
  PullWanted pull_;
  TuneWanted tune_;
  VerifyWanted verify_;
  DiscloseWanted disclose_;
  ProofsWanted proofs_;
  RegisterWanted register_;
  ExportWanted export_;
  SubjectWanted subject_;
  BackupWanted backup_;
  std::string key_, model_, name_, shell_, deployment_;
  LabelsWanted labels_;
  ExplainWanted explain_;
  SimulateWanted simulate_;
  RouteWanted route_;
  std::filesystem::path file_;
  std::int64_t days_ = 30;
  bool origin_ = false;
  Action action_;
};

}  // namespace

int run_command_line(int argc, char** argv) { return CommandLine().run(argc, argv); }

}  // namespace entente::app
