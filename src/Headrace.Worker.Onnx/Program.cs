using Headrace.Commands;
using Headrace.Worker.Onnx.Commands;

return await new CommandProgram(OnnxCommandLine.Tree()).RunAsync(args);
