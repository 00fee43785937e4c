# What starts ranks in tests: they may outnumber the cores, the tester may be root, and a container
# may forbid reading another process's memory.
set(REHEARSE_MPIRUN ${MPIEXEC_EXECUTABLE} --allow-run-as-root --oversubscribe
  --mca btl_vader_single_copy_mechanism none)

# rehearse_mpi_test(NAME target ranks…): the program of `target` as a test on so many ranks each
function(rehearse_mpi_test name target)
  foreach(ranks ${ARGN})
    add_test(NAME ${name}/ranks_${ranks}
      COMMAND ${REHEARSE_MPIRUN} -n ${ranks} $<TARGET_FILE:${target}> --gtest_brief=1)
    rehearse_mpi_properties(${name}/ranks_${ranks})
  endforeach()
endfunction()

function(rehearse_mpi_properties)
  set_tests_properties(${ARGN} PROPERTIES TIMEOUT 120 PROCESSORS 2
    ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
endfunction()
