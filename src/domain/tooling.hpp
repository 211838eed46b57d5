// Tools a model may call, and the form its answer must have. Schemas are JSON Schema, kept as the text that came: each
// provider takes them as they are, and only the engine of this machine reads them.
#pragma once

#include <string>
#include <vector>

namespace entente {

struct Tool {
  std::string name;  // letters, digits, _ and -; at most 64, or 128 in Anthropic's dialect
  std::string description;
  std::string parameters;  // JSON Schema of an object; empty: it takes none
  bool strict = false;     // arguments must follow the schema, or the request be refused; otherwise as well as possible
};

enum class ToolUse {
  automatic,  // the model decides
  none,       // it must not call
  required,   // it must call at least one
};

struct Tooling {
  std::vector<Tool> tools;
  ToolUse use = ToolUse::automatic;
  std::vector<std::string> allowed;  // names; empty: any of the tools
  bool parallel = true;              // more than one call in an answer

  bool may_call() const { return !tools.empty() && use != ToolUse::none; }
};

struct AnswerFormat {
  enum class Kind { text, json_object, json_schema };
  Kind kind = Kind::text;
  std::string name;    // of the schema, as the client calls it
  std::string schema;  // JSON Schema
  bool strict = false;
};

}  // namespace entente
