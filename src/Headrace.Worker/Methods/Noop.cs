namespace Headrace.Worker.Methods;

/// <summary>
/// Provides the method <c>noop</c>, which returns its body unchanged. It is used for measurements and first
/// experiments.
/// </summary>
internal static class Noop
{
    public static MethodBuilder Map(HeadraceWorker app) =>
        app.MapMethod(
                "noop",
                (JobContext job) => new MethodResult(job.Body, job.ContentType ?? "application/octet-stream")
            )
            .MaxWorkerCrashes(0);
}
