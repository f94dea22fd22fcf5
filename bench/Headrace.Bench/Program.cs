using Headrace.Bench;
using Headrace.Commands;

return await new CommandProgram(BenchCommandLine.Tree()).RunAsync(args);
