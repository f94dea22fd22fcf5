using Headrace.Cli.Output;
using Headrace.Client;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Verbs;

/// <summary>Writes what an ended job left: its result, or why there is none.</summary>
internal static class ResultOutput
{
    public static async Task<int> WriteAsync(
        Call call,
        HeadraceClient client,
        JobReply ended,
        string? file,
        CancellationToken cancellationToken
    )
    {
        // With --json standard output carries the job; its bytes go to --output, or are inline where they are short
        // text.
        if (call.Json)
            call.Terminal.Line(Show.Json(ended, HeadraceJson.Default.JobReply));
        if (!ended.HasSucceeded())
        {
            call.Terminal.Fail($"Job {ended.Id} {Show.End(ended)}. Its history: headrace jobs show {ended.Id}");
            return ExitCode.JobFailed;
        }
        if (call.Json && file is null)
            return ExitCode.Done;
        var result = await client.ResultAsync(ended.Id, cancellationToken);
        await call.Terminal.WriteResultAsync(ended.Id, result, file, cancellationToken);
        if (file is not null and not "-")
            call.Note($"{result.Bytes.Length} bytes of {result.ContentType} written to {file}.");
        return ExitCode.Done;
    }
}
