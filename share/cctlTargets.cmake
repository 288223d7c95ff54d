# The targets of cctl, for find_package(cctl) and for add_subdirectory() alike. CCTL_INCLUDE_DIR: the folder with cctl/.
#
#   cctl::cctl     values and machines: cctl/cctl.h, cctl/machines.h; the standard library alone
#   cctl::node     cctl/node, store, tailnet, net and sys as well; needs nlohmann/json and threads
#   cctl::project  cctl/project; needs toml++
#
# The last two are there where what they need is.

if(NOT TARGET cctl::cctl)
  add_library(cctl::cctl INTERFACE IMPORTED GLOBAL)
  set_target_properties(cctl::cctl PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CCTL_INCLUDE_DIR}")
  target_compile_features(cctl::cctl INTERFACE cxx_std_20)
endif()

if(NOT TARGET cctl::node AND TARGET nlohmann_json::nlohmann_json AND TARGET Threads::Threads)
  add_library(cctl::node INTERFACE IMPORTED GLOBAL)
  set_target_properties(cctl::node PROPERTIES INTERFACE_LINK_LIBRARIES
    "cctl::cctl;nlohmann_json::nlohmann_json;Threads::Threads;$<$<PLATFORM_ID:Windows>:ws2_32;iphlpapi;bcrypt>")
endif()

if(NOT TARGET cctl::project AND TARGET tomlplusplus::tomlplusplus)
  add_library(cctl::project INTERFACE IMPORTED GLOBAL)
  set_target_properties(cctl::project PROPERTIES INTERFACE_LINK_LIBRARIES "cctl::cctl;tomlplusplus::tomlplusplus")
endif()
