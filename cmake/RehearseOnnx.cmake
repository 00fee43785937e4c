# rehearse::onnx: the messages of ONNX files. The library's own CMake package asks for files that
# Debian does not ship.

find_package(Protobuf REQUIRED)
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h REQUIRED)
find_library(ONNX_PROTO_LIBRARY onnx_proto REQUIRED)

add_library(rehearse_onnx INTERFACE)
add_library(rehearse::onnx ALIAS rehearse_onnx)
target_include_directories(rehearse_onnx SYSTEM INTERFACE ${ONNX_INCLUDE_DIR})
target_compile_definitions(rehearse_onnx INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
target_link_libraries(rehearse_onnx INTERFACE ${ONNX_PROTO_LIBRARY} protobuf::libprotobuf)
