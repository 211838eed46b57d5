# The chat page of web/, built by npm's tools into files that one C++ file of the api room embeds. Nothing runs unless
# something in web/ changed. npm's packages lie in web/node_modules, where editors and `npm test` look for them too.
find_program(NODE node REQUIRED)
find_program(NPM npm REQUIRED)

set(web ${CMAKE_SOURCE_DIR}/web)
set(web_out ${CMAKE_BINARY_DIR}/web)
set(web_modules ${web}/node_modules/.package-lock.json)  # npm writes it last
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)

add_custom_command(
  OUTPUT ${web_modules}
  COMMAND ${NODE} scripts/install.mjs
  COMMAND ${CMAKE_COMMAND} -E touch ${web_modules}
  DEPENDS ${web}/package.json ${web}/package-lock.json ${web}/.npmrc ${web}/scripts/install.mjs
  WORKING_DIRECTORY ${web}
  COMMENT "Fetching what the chat page is built with"
  VERBATIM)

add_custom_command(
  OUTPUT ${web_out}/page_files.cpp
  COMMAND ${CMAKE_COMMAND} -E env ENTENTE_WEB_OUT=${web_out}/page ${NODE} node_modules/vite/bin/vite.js build --logLevel warn
  COMMAND ${NODE} scripts/pack.mjs ${web_out}/page ${web_out}/page_files.cpp
  DEPENDS ${web_modules} ${web_sources} ${web}/index.html ${web}/vite.config.ts ${web}/svelte.config.js ${web}/scripts/pack.mjs
  WORKING_DIRECTORY ${web}
  COMMENT "Building the chat page"
  VERBATIM)

target_sources(api PRIVATE ${web_out}/page_files.cpp)
