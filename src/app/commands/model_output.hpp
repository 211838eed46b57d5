// What several commands about models print.
#pragma once

#include "models/model_store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

void write_model(wire::JsonWriter& json, const models::Installed& model);  // the members, without the braces
void print_model_json(const models::Installed& model);
void say_installed(const models::Installed& model);

}  // namespace entente::app
