using Headrace.Core;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Pools.Describing;

internal sealed partial class MethodLearner
{
    [LoggerMessage(LogLevel.Information, "Pool {Pool} offers {Methods}")]
    private partial void Described(string pool, string methods);

    [LoggerMessage(
        LogLevel.Warning,
        "Pool {Pool} did not describe its methods, so they are learned from its first worker. {Why}"
    )]
    private partial void NotDescribed(string pool, string why);

    [LoggerMessage(LogLevel.Warning, "Pool {Pool} cannot offer {Method}: {Why}")]
    private partial void Refused(string pool, MethodRef method, string why);

    [LoggerMessage(LogLevel.Error, "A check of the program of pool {Pool} failed. The pool repeats it shortly")]
    private partial void CheckFailed(Exception fault, string pool);
}
