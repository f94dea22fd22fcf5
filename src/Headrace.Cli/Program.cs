using Headrace.Cli;
using Headrace.Commands.Output;

Terminal.KeepKeyboardMode();
return await CommandLine.RunAsync(args);
