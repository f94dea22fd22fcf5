using System.Text;
using Headrace.Worker;

var app = HeadraceWorker.Create(args);
app.MapMethod("square", (double x) => x * x);
app.MapMethod(
    "words",
    (ReadOnlyMemory<byte> body, JobContext job) =>
    {
        job.Log($"{body.Length} bytes, attempt {job.Attempt}");
        return Encoding.UTF8.GetString(body.Span).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
    }
);
return await app.RunAsync();
