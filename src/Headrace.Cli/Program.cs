using Headrace.Cli;

return await CommandLine.RunAsync(args);
