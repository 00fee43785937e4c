# The program finds the shared libraries of CUDA when it starts. Called with PROGRAM.
execute_process(COMMAND ldd ${PROGRAM} OUTPUT_VARIABLE libraries COMMAND_ERROR_IS_FATAL ANY)
foreach(name libcudart libcudnn libcublasLt libnccl)
  if(NOT libraries MATCHES "${name}\\.so[.0-9]* => /")
    message(FATAL_ERROR "${PROGRAM} does not find ${name}:\n${libraries}")
  endif()
endforeach()
