# find_package(cctl [COMPONENTS node project]): see cctlTargets.cmake. A component that is asked for and cannot be had is
# an error that names what is missing; without being asked for it is there if it can be.

get_filename_component(CCTL_INCLUDE_DIR "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)
find_package(Threads QUIET)
find_package(nlohmann_json QUIET)
find_package(tomlplusplus QUIET)
include("${CMAKE_CURRENT_LIST_DIR}/cctlTargets.cmake")

set(cctl_FOUND TRUE)
set(_cctl_node_needs "nlohmann_json and Threads")
set(_cctl_project_needs "tomlplusplus")
foreach(_cctl_component IN LISTS cctl_FIND_COMPONENTS)
  if(TARGET cctl::${_cctl_component})
    set(cctl_${_cctl_component}_FOUND TRUE)
  elseif(cctl_FIND_REQUIRED_${_cctl_component})
    set(cctl_FOUND FALSE)
    if(DEFINED _cctl_${_cctl_component}_needs)
      set(cctl_NOT_FOUND_MESSAGE "component ${_cctl_component} needs ${_cctl_${_cctl_component}_needs}")
    else()
      set(cctl_NOT_FOUND_MESSAGE "there is no component ${_cctl_component}: cctl, node, project")
    endif()
  endif()
endforeach()
