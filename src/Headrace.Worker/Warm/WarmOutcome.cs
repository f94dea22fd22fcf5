using Headrace.Protocol.Json;
using Headrace.Worker.Commands;
using Headrace.Worker.Manifests;

namespace Headrace.Worker.Warm;

/// <summary>Determines the outcome of a job from the frame that ends it.</summary>
internal static class WarmOutcome
{
    public static JobOutcome Of(WarmFrame.Result result, MethodManifest manifest)
    {
        if (result.Bytes.Length > manifest.MaxResult)
            return TooLarge(result.Bytes.Length, manifest);
        var type = result.ContentType.Length > 0 ? result.ContentType : manifest.ResultType;
        return ResultFault.Of(result.Bytes, type) is { } fault
            ? JobOutcome.Failed("InvalidResult", $"The process ended the job, but {fault}", retryable: false)
            : JobOutcome.Succeeded(result.Bytes, type);
    }

    public static JobOutcome Of(WarmFrame.Error error) =>
        error.Kind == WarmErrorKind.Reject
            ? JobOutcome.Rejected(error.Message)
            : JobOutcome.Failed(error.Type, error.Message, retryable: error.Kind == WarmErrorKind.Retry);

    public static JobOutcome TooLarge(long length, MethodManifest manifest) =>
        JobOutcome.TooLarge(
            $"The result is {length} bytes; the limit for {manifest.Name} is {SizeText.ToText(manifest.MaxResult)}. "
                + "Store the result elsewhere and return its location."
        );
}
